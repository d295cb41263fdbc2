"""Find manoeuvres in the history of element sets."""
