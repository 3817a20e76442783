enum PodModelPlaceholder {}
