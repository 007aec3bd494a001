"""The lake, which is the contract between the stages: keys (`layout`) in a store (`store`)."""
