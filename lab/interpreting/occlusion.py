"""What a network sees nothing without: a patch slid over the picture."""

from lab.interpreting.occlusion_map import occlusion_map as occlusion_map
