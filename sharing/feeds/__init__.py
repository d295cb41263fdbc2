"""What partners read: items, cursors and formats."""
