"""How quick the program is on this machine: figures, each a ratio of two things measured side by side."""
