import Model

/// All that is needed to use a bucket of S3, R2 or a server that speaks their protocol.
package struct S3Configuration: Sendable {
    /// Cloudflare R2; changes hints only.
    package var isR2: Bool
    /// `https://host[:port][/path]`; the bucket is appended (path style).
    package var endpoint: String
    /// `auto` for R2.
    package var region: String
    package var bucket: String
    package var accessKeyID: String
    package var secretAccessKey: Secret
    /// Of temporary credentials; nil for lasting ones.
    package var sessionToken: Secret?
    /// Bytes of each part of an upload but the last.
    package var partSize: Int64
    /// Parts under way at once.
    package var uploadConcurrency: Int
    /// Bytes a second for all parts together; nil for no limit.
    package var uploadRate: Int64?
    /// How often a request is sent in all before its failure counts.
    package var attempts: Int
    package var connectTimeout: Duration
    /// A transfer under 1 KiB/s for this long is given up and tried again.
    package var stallTimeout: Duration
    /// Delays between attempts are multiplied by this.
    package var retryDelayScale: Double
    /// A PEM file of certificate authorities in place of the system's.
    package var caBundle: String?
    /// Called whenever a request is sent again after a failure.
    package var onRetry: @Sendable () -> Void

    package init(
        isR2: Bool = false, endpoint: String, region: String, bucket: String, accessKeyID: String,
        secretAccessKey: Secret, sessionToken: Secret? = nil, partSize: Int64 = 8 << 20, uploadConcurrency: Int = 2,
        uploadRate: Int64? = nil, attempts: Int = 6, connectTimeout: Duration = .seconds(15),
        stallTimeout: Duration = .seconds(60), retryDelayScale: Double = 1, caBundle: String? = nil,
        onRetry: @escaping @Sendable () -> Void = {}
    ) {
        self.isR2 = isR2
        self.endpoint = endpoint
        self.region = region
        self.bucket = bucket
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.partSize = partSize
        self.uploadConcurrency = uploadConcurrency
        self.uploadRate = uploadRate
        self.attempts = attempts
        self.connectTimeout = connectTimeout
        self.stallTimeout = stallTimeout
        self.retryDelayScale = retryDelayScale
        self.caBundle = caBundle
        self.onRetry = onRetry
    }
}
