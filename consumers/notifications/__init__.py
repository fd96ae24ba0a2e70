"""Tells people, elsewhere than in the app, of messages that have not reached them."""
