enum PodLinuxPlaceholder {}
