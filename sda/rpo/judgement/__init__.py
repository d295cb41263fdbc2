"""Weigh what is known of a pair: evidence, score, class, events."""
