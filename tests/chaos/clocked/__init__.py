"""What is found in this folder is imported first by every process that has it in PYTHONPATH."""
