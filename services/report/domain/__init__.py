"""What a report says and how its charts are drawn, without files or network."""
