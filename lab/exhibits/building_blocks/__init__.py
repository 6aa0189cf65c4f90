"""Chapter Building blocks: normalisation."""
