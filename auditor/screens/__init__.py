"""What the user sees in the terminal: one file per screen; each lays out, listens and sends, and is handed the rest."""
