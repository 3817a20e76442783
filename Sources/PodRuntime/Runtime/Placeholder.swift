enum PodRuntimePlaceholder {}
