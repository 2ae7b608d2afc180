"""Work spread over the machines of a Dask cluster, which somebody else has started and looks after."""
