/// What an S3 request asks for, in the words of the S3 API.
package enum R2Operation: String, Sendable, CaseIterable {
    case putObject, uploadPart, createUpload, completeUpload, abort
    case getObject, headObject, delete, headBucket, list, listUploads, listParts, unknown
}

/// Something that goes wrong with a request to the double.
package enum R2Fault: Sendable, Equatable {
    /// An error answer with this HTTP status and S3 code; `done` says whether the operation was carried out anyway.
    case status(Int, code: String, retryAfter: Int? = nil, done: Bool = false)
    /// The request is read whole, nothing is done, and the connection is closed without an answer.
    case closeBeforeAnswer
    /// The request is carried out, and the connection is closed without an answer.
    case answerLostAfterDoing
    /// The connection is reset after so many bytes of the request's body.
    case closeAfterRequestBytes(Int)
    /// The operation is carried out, and the answer names another ETag than the object's.
    case wrongETag
    /// Status 200 whose body is an `<Error>`; nothing is done.
    case okWithErrorBody(code: String)
    /// Content-Length is off by so many bytes (positive claims more than is sent), then the connection closes.
    case lyingContentLength(difference: Int)
    /// Content-Length is right, but the connection closes after so many bytes of the answer's body.
    case truncateBodyAfter(Int)
    /// Nothing is ever answered; ends when the client goes away or the double stops.
    case stall
    /// The answer stops after so many bytes of its body and the connection stays open.
    case stallBodyAfter(Int)
    /// The body is sent so many bytes at a time, with a millisecond between.
    case slow(bytesPerChunk: Int)
    /// The double stops listening and closes every connection.
    case goneFromNowOn
}

/// Which requests a fault is for; what is left out matches everything.
package struct R2RequestPattern: Sendable {
    package var method: String?
    package var keySuffix: String?
    package var operation: R2Operation?
    /// Whether it is for one state of the object only: `If-Match`.
    package var isConditional: Bool?

    package init(
        method: String? = nil, keySuffix: String? = nil, operation: R2Operation? = nil, isConditional: Bool? = nil
    ) {
        self.isConditional = isConditional
        self.method = method
        self.keySuffix = keySuffix
        self.operation = operation
    }

    /// Every request.
    package static let any = R2RequestPattern()

    /// Every request for one operation.
    package static func operation(_ operation: R2Operation) -> R2RequestPattern {
        R2RequestPattern(operation: operation)
    }

    func matches(_ request: R2Request) -> Bool {
        if let method, method != request.method { return false }
        if let keySuffix, !(request.key ?? "").hasSuffix(keySuffix) { return false }
        if let operation, operation != request.operation { return false }
        if let isConditional, isConditional != (request.header("if-match") != nil) { return false }
        return true
    }
}

/// A request as the double saw it.
package struct R2RecordedRequest: Sendable {
    /// How the double's side of the exchange ended.
    package enum Ending: Sendable, Equatable {
        case open
        /// Answered in full with this status.
        case answered(Int)
        /// Cut by a fault.
        case cut
        /// The client closed the connection first.
        case clientLeft
    }

    package let method: String
    package let operation: R2Operation
    package let key: String?
    /// The Range header as sent.
    package let range: String?
    /// Header fields by lowercase name.
    package let headers: [String: String]
    /// Bytes of the request's body that arrived.
    package internal(set) var bytes: Int = 0
    /// Bytes of the answer, head included, that the kernel has taken.
    package internal(set) var bytesSent: Int64 = 0
    /// The client has left the answer unread for a quarter of a second at least once.
    package internal(set) var clientRested = false
    package internal(set) var ending = Ending.open
}
