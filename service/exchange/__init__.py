"""Other formats: what is recorded and figured, written as other systems read it."""
