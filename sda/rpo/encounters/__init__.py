"""Find slow pairs, and say what each did on a day."""
