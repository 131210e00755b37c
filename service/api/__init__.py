"""How it is asked: one module per resource, on the few that say how any of them is asked."""
