import Glibc
import HTTPClient
import Model

/// Signs requests, sends them once, and tells failures as `StoreError`.
struct S3Connection: Sendable {
    /// Error documents and list pages are far smaller.
    private static let largestAnswer = 16 << 20

    let configuration: S3Configuration
    let endpoint: S3Endpoint
    let location: String
    private let signer: SigV4Signer
    private let client: HTTPClient

    /// - Throws: `StoreError` with code `configuration` when the endpoint cannot be one.
    init(_ configuration: S3Configuration, prefix: String) throws {
        let bucket = configuration.bucket
        guard let endpoint = S3Endpoint(endpoint: configuration.endpoint, bucket: bucket, prefix: prefix) else {
            throw StoreError(
                .configuration, operation: "use", key: "", location: "s3://\(bucket)",
                reason: "the endpoint is not a URL like https://host, or the bucket has no name",
                hint: "check the store's endpoint and bucket in the configuration")
        }
        self.configuration = configuration
        self.endpoint = endpoint
        location = "s3://\(bucket)/\(endpoint.prefix) at \(endpoint.host)"
        signer = SigV4Signer(
            accessKeyID: configuration.accessKeyID, secretAccessKey: configuration.secretAccessKey,
            region: configuration.region)
        do {
            client = try HTTPClient(caBundle: configuration.caBundle)
        } catch {
            throw StoreError(.internal, operation: "open", key: "", location: location, reason: error.detail)
        }
    }

    func shutdown() {
        client.shutdown()
    }

    /// The answer if its status is 2xx or one of `accepting`; everything else is thrown.
    func send(_ request: S3Request, accepting: Set<Int> = []) async throws -> HTTPResponse {
        let signed = try signedRequest(request)
        let answer: HTTPResponse
        do {
            answer = try await client.send(signed, maximumBody: Self.largestAnswer)
        } catch {
            throw failure(error, request)
        }
        // S3 may start an answer with status 200 before it knows how the request ends; readers look for themselves.
        let hasError = request.method != "GET" && !answer.body.isEmpty && S3XML.parse(answer.body)?.name == "Error"
        let isWanted = (200..<300).contains(answer.status) && !hasError
        if isWanted || accepting.contains(answer.status) { return answer }
        throw failure(status: answer.status, headers: answer.headers, body: answer.body, request)
    }

    /// The head of a 2xx answer, and its body as it arrives; everything else is thrown.
    func open(_ request: S3Request) async throws -> HTTPBodyStream {
        let signed = try signedRequest(request)
        let stream: HTTPBodyStream
        var body: [UInt8] = []
        do {
            stream = try await client.open(signed)
            if (200..<300).contains(stream.head.status) { return stream }
            while body.count < 1 << 16, let chunk = try await stream.read() { body += chunk }
        } catch {
            throw failure(error, request)
        }
        throw failure(status: stream.head.status, headers: stream.head.headers, body: body, request)
    }

    private func signedRequest(_ request: S3Request) throws -> HTTPRequest {
        if Task.isCancelled { throw cancellation(request) }
        let time = Timestamp(seconds: Int64(Glibc.time(nil)))
        let path = endpoint.path(of: request.key)
        var headers = request.headers
        headers.append((name: "host", value: endpoint.host))
        headers.append((name: "x-amz-content-sha256", value: request.payloadHash))
        headers.append((name: "x-amz-date", value: SigV4Signer.stamp(time)))
        if let token = configuration.sessionToken {
            headers.append((name: "x-amz-security-token", value: token.value))
        }
        let authorization = signer.authorization(
            method: request.method, path: path, query: request.query, headers: headers,
            payloadHash: request.payloadHash, at: time)
        headers.append((name: "authorization", value: authorization))

        let query = SigV4Signer.canonicalQuery(request.query)
        var rate: Int64?
        if case .bytes = request.body, let limit = configuration.uploadRate {
            rate = max(1, limit / Int64(max(1, configuration.uploadConcurrency)))
        }
        return HTTPRequest(
            method: request.method, url: endpoint.base + path + (query.isEmpty ? "" : "?" + query),
            headers: HTTPHeaders(headers), body: request.body, connectTimeout: configuration.connectTimeout,
            stallTimeout: configuration.stallTimeout * request.patience,
            stallSpeed: Int(min(1024, rate.map { $0 / 2 } ?? 1024)), maxSendRate: rate)
    }
}
