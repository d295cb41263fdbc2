"""Decide what each partner may know, and publish it."""
