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
    /// What is kept there of each database; nil for what the database says.
    package var retention: StoreRetention?

    package init(name: String, prefix: String = "", kind: Kind, retention: StoreRetention? = nil) {
        self.name = name
        self.prefix = prefix
        self.kind = kind
        self.retention = retention
    }

    /// Whether what is written to one of them would be found in the other, as far as their addresses tell.
    package func isSamePlace(as other: StoreSettings) -> Bool {
        guard prefix == other.prefix else { return false }
        switch (kind, other.kind) {
        case (.directory(let path), .directory(let otherPath)): return path == otherPath
        case (.s3(let settings), .s3(let others)):
            return settings.endpoint == others.endpoint && settings.bucket == others.bucket
        case (.directory, .s3), (.s3, .directory): return false
        }
    }

    /// Whether it is on this machine, as far as its address tells.
    package var isNear: Bool {
        if case .directory = kind { true } else { false }
    }
}

/// What a store says of the backups that are kept in it, in place of what their databases say.
package enum StoreRetention: Sendable, Equatable {
    case everything
    case policy(RetentionPolicy)

    /// nil for everything.
    package var policy: RetentionPolicy? {
        if case .policy(let policy) = self { policy } else { nil }
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
