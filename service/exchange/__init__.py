"""Other formats: what a community knows as other systems write it. Rows in, text out, and back."""
