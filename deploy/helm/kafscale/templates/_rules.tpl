{{/* What the operator does in the namespace where it runs, and no more. */}}
{{- define "kafscale.leaderRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
{{- end -}}

{{/* What the operator does where clusters are, and no more. docs/operator.md has the same table. */}}
{{- define "kafscale.operatorRules" -}}
- apiGroups: [kafscale.io]
  resources: [kafscaleclusters, kafscaletopics]
  verbs: [get, list, watch, patch]
- apiGroups: [kafscale.io]
  resources: [kafscaleclusters/status, kafscaletopics/status]
  verbs: [get, patch]
# Some API servers let nobody block the deletion of an owner that he may not change.
- apiGroups: [kafscale.io]
  resources: [kafscaleclusters/finalizers, kafscaletopics/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [statefulsets, deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services, configmaps]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch, delete]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, patch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
{{- end -}}
