"""The data behind `jalon demo`, with its licence, and how a community is founded from it."""
