import Model

/// One entry under `stores:`.
package struct StoreSettings: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// A folder, by its absolute path.
        case directory(path: String)
        case s3(S3Settings)
    }

    package var name: String
    /// What every key begins with: empty, or ending with a slash.
    package var prefix: String
    package var kind: Kind

    package init(name: String, prefix: String = "", kind: Kind) {
        self.name = name
        self.prefix = prefix
        self.kind = kind
    }
}

/// How to reach a bucket of Cloudflare R2 or of any other S3 store.
package struct S3Settings: Sendable, Equatable {
    package var isR2: Bool
    /// `https://host[:port]`, without a slash at the end; `http://` for this machine itself only.
    package var endpoint: String
    package var region: String
    package var bucket: String
    package var accessKeyID: String
    package var secretAccessKey: Secret
    /// Of temporary credentials, which only the environment gives; nil for lasting ones.
    package var sessionToken: Secret?
    /// Bytes, 5 MiB to 5 GiB: the limits of a part of a multipart upload.
    package var partSize: Int64
    /// Parts on their way at once, 1 to 16.
    package var uploadConcurrency: Int
    /// Bytes a second; nil for as fast as it goes.
    package var uploadRate: Int64?
    /// How often one request is tried, 1 to 20.
    package var attempts: Int

    package init(
        isR2: Bool, endpoint: String, region: String, bucket: String, accessKeyID: String, secretAccessKey: Secret,
        sessionToken: Secret? = nil, partSize: Int64 = 8 << 20, uploadConcurrency: Int = 2, uploadRate: Int64? = nil,
        attempts: Int = 6
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
    }
}
