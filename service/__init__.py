"""Jalon: the shared evaluation and indicator data service of a community of action."""
