"""HTTP in and out, no decisions: an event is checked, written down and acknowledged."""
