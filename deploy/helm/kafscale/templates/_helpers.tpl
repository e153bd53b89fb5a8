{{/* What the names of all objects begin with: that of the release, and of the chart where that is not part of it. */}}
{{- define "kafscale.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 47 | trimSuffix "-" -}}
{{- else -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 47 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 47 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* By what a component's pods are selected; never changes while a release lives. Takes a dict of root and component. */}}
{{- define "kafscale.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Values.nameOverride | default .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* The labels of every object. */}}
{{- define "kafscale.labels" -}}
{{ include "kafscale.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: kafscale
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name (.root.Chart.Version | replace "+" "_") }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The image of every role. */}}
{{- define "kafscale.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{/* The name of a component's service account. Takes a dict of root, component and account. */}}
{{- define "kafscale.serviceAccountName" -}}
{{- if .account.create -}}
{{- .account.name | default (printf "%s-%s" (include "kafscale.fullname" .root) .component) -}}
{{- else -}}
{{- .account.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* The namespace whose clusters the operator keeps, where it is one. */}}
{{- define "kafscale.watchedNamespace" -}}
{{- .Values.watch.namespace | default .Release.Namespace -}}
{{- end -}}

{{/* What the operator gives to the pods and services of a part of its clusters. Takes the part. */}}
{{- define "kafscale.clusterLabels" -}}
app.kubernetes.io/name: kafscale
app.kubernetes.io/component: {{ . }}
app.kubernetes.io/managed-by: kafscale-operator
{{- end -}}

{{/* The pods of a part of the release, as the one peer of a policy where clusters are. Takes a dict of root and component. */}}
{{- define "kafscale.peer" -}}
- podSelector:
    matchLabels:
      {{- include "kafscale.selectorLabels" . | nindent 6 }}
  {{- if ne (include "kafscale.watchedNamespace" .root) .root.Release.Namespace }}
  namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ .root.Release.Namespace }}
  {{- end }}
{{- end -}}

{{/* Who of ours uses brokers: the operator, and the consoles of its clusters. */}}
{{- define "kafscale.brokerUsers" -}}
{{ include "kafscale.peer" (dict "root" . "component" "operator") }}
- podSelector:
    matchLabels:
      {{- include "kafscale.clusterLabels" "console" | nindent 6 }}
{{- end -}}

{{/* Who may open a console. */}}
{{- define "kafscale.consoleIngress" -}}
{{- if .Values.networkPolicy.consoleFrom -}}
- from:
    {{- toYaml .Values.networkPolicy.consoleFrom | nindent 4 }}
  ports:
    - port: 8080
      protocol: TCP
{{- else -}}
- ports:
    - port: 8080
      protocol: TCP
{{- end -}}
{{- end -}}

{{/* What a pod of the restricted profile says of itself. */}}
{{- define "kafscale.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
fsGroup: 1654
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* What a container of the restricted profile says of itself. */}}
{{- define "kafscale.containerSecurityContext" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
privileged: false
readOnlyRootFilesystem: true
{{- end -}}

{{/* Where a component's pods may run. Takes the component's values. */}}
{{- define "kafscale.placement" -}}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A variable of the operator, where it has a value. Takes a dict of name, without what all begin with, and value. */}}
{{- define "kafscale.variable" -}}
{{- $value := toString .value }}
{{- if $value }}
- name: KAFSCALE_OPERATOR_{{ .name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* The environment of the operator. */}}
{{- define "kafscale.operatorEnv" -}}
{{- $operator := .Values.operator -}}
{{- $etcd := .Values.etcd -}}
{{- $variables := list
  (list "IMAGE" (include "kafscale.image" .))
  (list "HTTP_ADDR" ":8080")
  (list "NAMESPACE" (ternary "" .Values.watch.namespace .Values.watch.clusterWide))
  (list "LEADER_KEY" $operator.leaderKey)
  (list "RESYNC_SEC" (int64 $operator.resyncSeconds))
  (list "LOG_LEVEL" $operator.log.level)
  (list "LOG_FORMAT" $operator.log.format)
  (list "ETCD_ENDPOINTS" $etcd.endpoints)
  (list "ETCD_IMAGE" $etcd.image)
  (list "ETCD_REPLICAS" (int64 $etcd.replicas))
  (list "ETCD_STORAGE_SIZE" $etcd.storage.size)
  (list "ETCD_STORAGE_CLASS" $etcd.storage.className)
  (list "ETCD_STORAGE_MEMORY" $etcd.storage.inMemory)
  (list "ETCD_AUTO_COMPACTION_MODE" $etcd.autoCompaction.mode)
  (list "ETCD_AUTO_COMPACTION_RETENTION" $etcd.autoCompaction.retention)
  (list "ETCD_QUOTA_BACKEND_BYTES" (printf "%sB" $etcd.quotaBackend))
  (list "ETCD_MAINTENANCE_SCHEDULE" $etcd.maintenance.schedule)
  (list "ETCD_MAINTENANCE_CHECK_SCHEDULE" $etcd.maintenance.checkSchedule)
  (list "ETCD_MAINTENANCE_SIZE_THRESHOLD_PCT" (int64 $etcd.maintenance.sizeThresholdPercent))
  (list "ETCD_SNAPSHOT_BUCKET" $etcd.snapshot.bucket)
  (list "ETCD_SNAPSHOT_PREFIX" $etcd.snapshot.prefix)
  (list "ETCD_SNAPSHOT_SCHEDULE" $etcd.snapshot.schedule)
  (list "ETCD_SNAPSHOT_S3_ENDPOINT" $etcd.snapshot.s3Endpoint)
  (list "ETCD_SNAPSHOT_STALE_AFTER_SEC" (int64 $etcd.snapshot.staleAfterSeconds))
  (list "ETCD_SNAPSHOT_KEEP" (int64 $etcd.snapshot.keep))
  (list "ETCD_SNAPSHOT_CREATE_BUCKET" $etcd.snapshot.createBucket)
  (list "ETCD_SNAPSHOT_PROTECT_BUCKET" $etcd.snapshot.protectBucket)
  (list "ETCD_SNAPSHOT_SKIP_PREFLIGHT" $etcd.snapshot.skipPreflight)
-}}
{{- if not (or .Values.watch.clusterWide .Values.watch.namespace) }}
- name: KAFSCALE_OPERATOR_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- end }}
{{- range $variables }}
{{- include "kafscale.variable" (dict "name" (first .) "value" (last .)) }}
{{- end }}
{{- with $operator.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
