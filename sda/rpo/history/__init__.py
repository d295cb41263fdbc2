"""Clean the element sets of many objects, and look them up by time."""
