"""Many questions: how well the model agrees with what was published."""
