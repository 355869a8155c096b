"""Pictures of figures: what stands on one, who draws it, and who sends it."""
