import Model
import Storage
import TestSupport

/// Bytes of a part in tests against the double, which is told to take parts that small.
let doublePartSize = 16 * 1024

/// Settings for a store at the double; what is given replaces what is right.
func s3Configuration(
    of double: R2Double, bucket: String? = nil, accessKeyID: String? = nil, secretAccessKey: String? = nil,
    attempts: Int = 3, stallTimeout: Duration = .seconds(20)
) -> S3Configuration {
    s3Configuration(
        endpoint: double.endpoint, bucket: bucket ?? double.bucket, accessKeyID: accessKeyID ?? double.accessKeyID,
        secretAccessKey: secretAccessKey ?? double.secretAccessKey, attempts: attempts, stallTimeout: stallTimeout)
}

/// Settings for a store that waits next to nothing between its attempts.
func s3Configuration(
    endpoint: String, bucket: String, accessKeyID: String, secretAccessKey: String, attempts: Int = 3,
    stallTimeout: Duration = .seconds(20)
) -> S3Configuration {
    S3Configuration(
        endpoint: endpoint, region: "auto", bucket: bucket, accessKeyID: accessKeyID,
        secretAccessKey: Secret(secretAccessKey), attempts: attempts, stallTimeout: stallTimeout,
        retryDelayScale: 0.001)
}

/// Runs `body` with a store, under the prefix `tests/`.
func withStore<Value>(
    _ configuration: S3Configuration, _ body: (any ObjectStore) async throws -> Value
) async throws -> Value {
    try await withStore(.s3(configuration), prefix: "tests/", body)
}

/// Runs `body` with a double and a store at it.
func withDoubleStore<Value>(
    attempts: Int = 3, stallTimeout: Duration = .seconds(1),
    _ body: (R2Double, any ObjectStore) async throws -> Value
) async throws -> Value {
    try await withR2Double(minimumPartSize: doublePartSize) { double in
        let configuration = s3Configuration(of: double, attempts: attempts, stallTimeout: stallTimeout)
        return try await withStore(configuration) { store in try await body(double, store) }
    }
}
