"""What others would do: the same deliveries made the plain way, to compare with in the same run."""
