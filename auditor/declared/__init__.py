"""What the customer declares: the site file's beginning, edits and profile, the questionnaire and the staff list."""
