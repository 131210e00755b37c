"""How it is kept: the only statements on the tables of models."""
