"""The lake: the contract between the stages of the pipeline, as keys (`layout`) in a store (`store`)."""
