{{- define "tocsin.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name }}{{ end }}
{{- end }}

{{- /* Of one component: (dict "root" $ "component" "api") */}}
{{- define "tocsin.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "tocsin.labels" -}}
{{ include "tocsin.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "tocsin.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}
{{- end }}

{{- /* The Pod Security Standard "restricted", and a root file system that can't be written. */}}
{{- define "tocsin.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  # `node` in the image
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "tocsin.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "tocsin.secretVariable" -}}
- name: {{ .name }}
  valueFrom: { secretKeyRef: { name: {{ .secret }}, key: {{ .key }} } }
{{- end }}

{{- /* TLS to PostgreSQL, which the migration needs too. */}}
{{- define "tocsin.postgresEnv" -}}
{{ include "tocsin.secretVariable" (dict "name" "DATABASE_URL" "secret" .Values.database.existingSecret "key" "url") }}
- { name: PGSSLMODE, value: {{ .Values.tls.postgres.mode }} }
{{- with .Values.tls.postgres }}
{{- if .existingSecret }}
{{- if .ca }}
- { name: PGSSLROOTCERT, value: /tls/postgres/ca.crt }
{{- end }}
{{- if .certificate }}
- { name: PGSSLCERT, value: /tls/postgres/tls.crt }
- { name: PGSSLKEY, value: /tls/postgres/tls.key }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "tocsin.nodeEnv" -}}
{{ include "tocsin.postgresEnv" . }}
{{ include "tocsin.secretVariable" (dict "name" "REDIS_URL" "secret" .Values.redis.existingSecret "key" "url") }}
{{- with .Values.tls.redis }}
{{- if .existingSecret }}
{{- if .ca }}
- { name: REDIS_TLS_CA, value: /tls/redis/ca.crt }
{{- end }}
{{- if .certificate }}
- { name: REDIS_TLS_CERT, value: /tls/redis/tls.crt }
- { name: REDIS_TLS_KEY, value: /tls/redis/tls.key }
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.temporal }}
- { name: TEMPORAL_ADDRESS, value: {{ .address | quote }} }
- { name: TEMPORAL_NAMESPACE, value: {{ .namespace | quote }} }
- { name: TEMPORAL_TASK_QUEUE, value: {{ .taskQueue | quote }} }
{{- with .buildId }}
- { name: TOCSIN_BUILD_ID, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- with .Values.tls.temporal }}
{{- if .enabled }}
- { name: TEMPORAL_TLS, value: "true" }
{{- with .serverName }}
- { name: TEMPORAL_TLS_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- if .existingSecret }}
{{- if .ca }}
- { name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /tls/temporal/ca.crt }
{{- end }}
{{- if .certificate }}
- { name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /tls/temporal/tls.crt }
- { name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /tls/temporal/tls.key }
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.tls.node.existingSecret }}
- { name: TLS_CERT, value: /tls/node/tls.crt }
- { name: TLS_KEY, value: /tls/node/tls.key }
{{- end }}
- { name: PUBLIC_URL, value: {{ .Values.publicUrl | quote }} }
{{- with .Values.trustedProxies }}
- { name: TRUSTED_PROXY, value: {{ join "," . | quote }} }
{{- end }}
- { name: PORT, value: "3000" }
- { name: TOCSIN_METRICS_PORT, value: "9464" }
- { name: TOCSIN_MASTER_KEY_FILE, value: /keys/master/master.key }
- { name: TOCSIN_AUDIT_KEY_FILE, value: /keys/audit/audit.key }
{{- range .Values.channels.names }}
- { name: {{ printf "CHANNEL_%s_FILE" (upper .) }}, value: {{ printf "/channels/%s" . }} }
{{- end }}
{{- range $name, $value := .Values.env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- range $name, $from := .Values.secretEnv }}
{{ include "tocsin.secretVariable" (dict "name" $name "secret" $from.name "key" $from.key) }}
{{- end }}
{{- end }}

{{- /* A Secret as files that the group of the pod alone reads: (dict "name" … "secret" … "at" …) */}}
{{- define "tocsin.secretVolume" -}}
- name: {{ .name }}
  secret: { secretName: {{ .secret }}, defaultMode: 0440 }
{{- end }}

{{- /* Bounded, so that a pod can't fill its machine's disk. */}}
{{- define "tocsin.tmp" -}}
- { name: tmp, emptyDir: { sizeLimit: 1Gi } }
{{- end }}

{{- define "tocsin.nodeVolumes" -}}
{{ include "tocsin.tmp" . }}
{{- if .Values.anchor.existingClaim }}
- { name: data, persistentVolumeClaim: { claimName: {{ .Values.anchor.existingClaim }} } }
{{- else }}
- { name: data, emptyDir: { sizeLimit: 1Gi } }
{{- end }}
{{ include "tocsin.secretVolume" (dict "name" "master-key" "secret" .Values.masterKey.existingSecret) }}
{{ include "tocsin.secretVolume" (dict "name" "audit-key" "secret" .Values.auditKey.existingSecret) }}
{{- with .Values.channels.existingSecret }}
{{ include "tocsin.secretVolume" (dict "name" "channels" "secret" .) }}
{{- end }}
{{- range $name, $tls := .Values.tls }}
{{- with $tls.existingSecret }}
{{ include "tocsin.secretVolume" (dict "name" (printf "tls-%s" $name) "secret" .) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "tocsin.nodeMounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: data, mountPath: /data }
- { name: master-key, mountPath: /keys/master, readOnly: true }
- { name: audit-key, mountPath: /keys/audit, readOnly: true }
{{- if .Values.channels.existingSecret }}
- { name: channels, mountPath: /channels, readOnly: true }
{{- end }}
{{- range $name, $tls := .Values.tls }}
{{- if $tls.existingSecret }}
- { name: tls-{{ $name }}, mountPath: /tls/{{ $name }}, readOnly: true }
{{- end }}
{{- end }}
{{- end }}

{{- /* NetworkPolicyPeers. A network that is the whole of IPv4 or IPv6 leaves out where machines tell their own credentials; others can't hold it (values.schema.json). */}}
{{- define "tocsin.peers" -}}
{{- range . }}
{{- $peer := deepCopy . }}
{{- with $peer.ipBlock }}
{{- $metadata := dict "0.0.0.0/0" (list "169.254.0.0/16") "::/0" (list "fe80::/10" "fd00:ec2::/32") }}
{{- with get $metadata .cidr }}
{{- $_ := set $peer.ipBlock "except" (concat . ($peer.ipBlock.except | default list) | uniq) }}
{{- end }}
{{- end }}
{{- list $peer | toYaml | nindent 0 }}
{{- end }}
{{- end }}

{{- /* What can't be said in values.schema.json. */}}
{{- define "tocsin.check" -}}
{{- if not (or .Values.image.digest .Values.image.allowTag) }}
{{- fail "image.digest is empty: whoever can push to the registry could put another image under the tag. `node deploy/images.mjs REPOSITORY:TAG` prints it; image.allowTag: true takes the tag." }}
{{- end }}
{{- with .Values.networkPolicy }}
{{- if .enabled }}
{{- range $name := list "callers" "postgres" "redis" "temporal" }}
{{- $part := index $.Values.networkPolicy $name }}
{{- if not (kindIs "slice" $part | ternary $part (get (kindIs "slice" $part | ternary dict $part) "to")) }}
{{- fail (printf "networkPolicy.%s names nobody: say who may call, and where PostgreSQL, Redis and Temporal are; or networkPolicy.enabled: false, where something else bounds the pods." $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq .Values.masterKey.existingSecret .Values.auditKey.existingSecret }}
{{- fail "masterKey.existingSecret and auditKey.existingSecret are one Secret: whoever held it could rewrite the audit record. Make two." }}
{{- end }}
{{- if eq .Values.database.existingSecret .Values.database.ownerSecret }}
{{- fail "database.existingSecret and database.ownerSecret are one Secret: the nodes would hold the login that owns the tables. Make two." }}
{{- end }}
{{- if and .Values.channels.names (not .Values.channels.existingSecret) }}
{{- fail "channels.names needs channels.existingSecret, which holds their configuration." }}
{{- end }}
{{- end }}
