"""Load driver and history checker."""
