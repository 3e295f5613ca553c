import HTTPClient
import Model

/// How answers that are not the wanted ones, and answers that never came, become a `StoreError`.
extension S3Connection {
    /// An error of the connection, not of the server.
    func failure(_ error: HTTPError, _ request: S3Request) -> StoreError {
        if error.reason == .cancelled || error.reason == .stopped { return cancellation(request) }
        var hint: String?
        if error.isCertificateProblem {
            hint = "check the store's endpoint, this machine's clock and the package ca-certificates"
        } else if error.curlCode == 6 || error.curlCode == 7 || error.isTimeout {
            hint = "check the store's endpoint, and the network from this machine to it"
        }
        return failure(
            .unreachable, request, reason: error.description, hint: hint, retry: error.isTransient ? .always : .never)
    }

    func cancellation(_ request: S3Request) -> StoreError {
        failure(.cancelled, request, reason: "cancelled")
    }

    /// An answer that says no: by its status, or with an `Error` document whatever its status.
    func failure(status: Int, headers: HTTPHeaders, body: [UInt8], _ request: S3Request) -> StoreError {
        let document = S3XML.parse(body)
        let error = document?.name == "Error" ? document : nil
        let code = error?["Code"]?.text
        var words = ["the server answered \(status)"]
        if let code { words.append(Self.printable(code)) }
        if let text = error?["Message"]?.text, !text.isEmpty { words.append("(\(Self.printable(text)))") }
        let verdict = judge(status: status, code: code, request)
        let wait = headers["retry-after"].flatMap { Int64($0) }.map { Duration.seconds(max(0, $0)) }
        return failure(
            verdict.code, request, reason: verdict.reason ?? words.joined(separator: " "), hint: verdict.hint,
            retry: verdict.retry, status: status, storeCode: code, mustStartAnew: verdict.mustStartAnew,
            retryAfter: wait)
    }

    /// An object that is not the one any more whose first bytes have been read.
    func replacedMeanwhile(_ request: S3Request) -> StoreError {
        failure(.io, request, reason: "it was replaced while it was being read", status: 412)
    }

    /// An answer that should be an XML document of a known kind and is not.
    func unreadable(_ request: S3Request) -> StoreError {
        failure(.unreachable, request, reason: "the server's answer makes no sense", retry: .always)
    }

    /// An error about a request, with all that belongs to it.
    func failure(
        _ code: FailureCode, _ request: S3Request, reason: String, hint: String? = nil,
        retry: StoreError.RetryClass = .never, status: Int? = nil, storeCode: String? = nil,
        mustStartAnew: Bool = false, retryAfter: Duration? = nil
    ) -> StoreError {
        StoreError(
            code, operation: request.operation, key: request.key ?? "", location: location, reason: reason, hint: hint,
            retry: retry, status: status, storeCode: storeCode, mustStartAnew: mustStartAnew, retryAfter: retryAfter)
    }

    private struct Verdict {
        var code = FailureCode.unreachable
        var retry = StoreError.RetryClass.never
        /// In place of the server's words.
        var reason: String?
        var hint: String?
        var mustStartAnew = false
    }

    /// What an error is, by S3's name for it, else by its status.
    /// See https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and Cloudflare's R2 error codes.
    private func judge(status: Int, code: String?, _ request: S3Request) -> Verdict {
        switch code {
        case "NoSuchKey": return Verdict(code: .missing, reason: "there is no such object")
        case "NoSuchBucket":
            return Verdict(hint: "there is no bucket '\(configuration.bucket)': check the store's bucket and endpoint")
        case "NoSuchUpload", "InvalidPart", "InvalidPartOrder":
            return Verdict(code: .io, hint: "the upload must start anew", mustStartAnew: true)
        case "InvalidAccessKeyId", "SignatureDoesNotMatch", "Unauthorized", "InvalidToken":
            return Verdict(hint: "check the store's access_key_id and secret_access_key; \(keyAdvice)")
        case "RequestTimeTooSkewed", "RequestExpired":
            return Verdict(hint: "this machine's clock is wrong: check that it is synchronised (timedatectl)")
        case "ObjectLockedByBucketPolicy":
            return Verdict(hint: "a lock rule of the bucket forbids this for now: see the bucket's settings")
        case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect":
            return Verdict(hint: "check the store's endpoint and region")
        case "EntityTooSmall", "EntityTooLarge":
            return Verdict(code: .configuration, hint: "check the store's part_size: 5MiB to 5GiB")
        case "BadDigest": return Verdict(code: .io, retry: .once)
        case "ClientDisconnect", "IncompleteBody", "RequestTimeout", "InternalError", "SlowDown",
            "ServiceUnavailable", "ConditionalRequestConflict", "OperationAborted":
            return Verdict(retry: .always)
        default: return judge(status: status, request)
        }
    }

    private func judge(status: Int, _ request: S3Request) -> Verdict {
        switch status {
        case 401, 403:
            return Verdict(hint: "check the store's access_key_id and secret_access_key; \(keyAdvice)")
        case 404:
            return request.key == nil
                ? Verdict(hint: "check the store's bucket and endpoint")
                : Verdict(code: .missing, reason: "there is no such object")
        case 300..<400: return Verdict(hint: "check the store's endpoint and region")
        case 412: return Verdict(code: .exists)
        case 507: return Verdict(code: .io, retry: .once, hint: "the store is full")
        // An Error document with status 200 and a name unknown here: S3 says that such a request may be repeated.
        case 200, 408, 429, 500..<600: return Verdict(retry: .always)
        default: return Verdict(hint: "the server takes no such request: check the store's type, endpoint and region")
        }
    }

    private var keyAdvice: String {
        configuration.isR2
            ? "the API token needs Object Read & Write for the bucket '\(configuration.bucket)'"
            : "the key needs to read, write, list and delete in the bucket '\(configuration.bucket)'"
    }

    /// A server's words, not too many of them.
    private static func printable(_ text: String) -> String { PrintableText.line(text, limit: 200) }
}
