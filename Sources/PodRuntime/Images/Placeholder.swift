enum PodImagesPlaceholder {}
