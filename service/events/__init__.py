"""What happened, for who follows it: the journal in order, as it grows."""
