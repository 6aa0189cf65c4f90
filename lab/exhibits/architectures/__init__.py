"""Chapter Architectures: backbones, and what they are built of."""
