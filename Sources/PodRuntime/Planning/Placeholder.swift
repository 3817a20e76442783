enum PodPlanningPlaceholder {}
