"""What theory says of a model, measured: its twin in PCA, what its code is good for, what depth and code size do."""
