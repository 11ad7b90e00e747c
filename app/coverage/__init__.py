"""The proof of coverage (S81): every finished item of a watched funnel has its case, or a reason why it has none."""
