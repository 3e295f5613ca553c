import TestSupport

/// One way in which a request can fail, and what may come of it.
struct FaultWay: Sendable {
    enum Course: Sendable {
        /// One request fails.
        case once(R2Fault)
        /// One request is never answered, and the work is stopped; then the connections are cut.
        case untilStopped(R2Fault)
        /// The store is gone from that request on, until the work has ended.
        case fromThenOn
    }

    let name: String
    let course: Course
    /// The requests to which it can happen.
    let operations: Set<R2Operation>
    /// Whether a second attempt makes up for it.
    var isPassing = false
    /// Whether nothing is lost by it, not even an attempt.
    var isHarmless = false
    /// Whether the store says what is not so: then a difference may be found, or something be missing.
    var lies = false

    var isStopping: Bool {
        if case .untilStopped = course { true } else { false }
    }

    /// Whether the double's side of the request ended as it does in this way.
    func fits(_ ending: R2RecordedRequest.Ending) -> Bool {
        switch course {
        case .fromThenOn: Self.isCut(ending)
        case .once(let fault), .untilStopped(let fault): Self.fits(fault, ending)
        }
    }

    private static func fits(_ fault: R2Fault, _ ending: R2RecordedRequest.Ending) -> Bool {
        switch fault {
        case .status(let status, code: _, retryAfter: _, done: _): ending == .answered(status)
        case .okWithErrorBody: ending == .answered(200)
        case .wrongETag, .slow: !isCut(ending)
        // Of all others the client sees no end.
        default: isCut(ending)
        }
    }

    private static func isCut(_ ending: R2RecordedRequest.Ending) -> Bool {
        ending == .cut || ending == .clientLeft
    }
}

extension FaultWay {
    private static let every = Set(R2Operation.allCases)
    /// Those whose answers have a body.
    private static let documents: Set<R2Operation> = [
        .getObject, .list, .listUploads, .createUpload, .completeUpload,
    ]
    private static let sending: Set<R2Operation> = [.putObject, .uploadPart, .completeUpload]
    private static let changing: Set<R2Operation> = [
        .putObject, .uploadPart, .createUpload, .completeUpload, .abort, .delete,
    ]

    static let all = refusals + breaks + untruths + ends

    /// The store answers, and says no.
    private static let refusals = [
        passing("an internal error", .status(500, code: "InternalError"), every),
        passing("an internal error, though it is done", .status(500, code: "InternalError", done: true), changing),
        passing("too fast, with Retry-After", .status(503, code: "SlowDown", retryAfter: 0), every),
        passing("too many requests", .status(429, code: "TooManyRequests"), every),
        passing("a full store", .status(507, code: "InsufficientStorage"), every),
        passing("not implemented", .status(501, code: "NotImplemented"), every.subtracting([.listUploads])),
        passing("bytes that changed on the way", .status(400, code: "BadDigest"), [.putObject, .uploadPart]),
        passing(
            "an error with status 200", .okWithErrorBody(code: "InternalError"),
            changing.union([.list, .listUploads])),
        lasting("a list that the server does not make", .status(501, code: "NotImplemented"), [.listUploads]),
        lasting("not allowed", .status(403, code: "AccessDenied"), every),
        lasting("not understood", .status(400, code: "InvalidRequest"), every),
        lasting("a precondition", .status(412, code: "PreconditionFailed"), [.putObject, .completeUpload]),
        lasting("no such upload", .status(404, code: "NoSuchUpload"), [.uploadPart, .completeUpload, .abort]),
    ]

    /// The connection breaks.
    private static let breaks = [
        passing("no answer", .closeBeforeAnswer, every),
        passing("a lost answer", .answerLostAfterDoing, every),
        passing("a request that is cut at its beginning", .closeAfterRequestBytes(0), sending),
        passing("a request that is cut", .closeAfterRequestBytes(1000), [.putObject, .uploadPart]),
        passing("an answer that is cut", .truncateBodyAfter(10), documents),
        passing(
            "an answer that is shorter than it says", .lyingContentLength(difference: 7),
            documents.union([.putObject, .uploadPart]).subtracting([.getObject])),
    ]

    /// The store answers, and it is not so.
    private static let untruths = [
        lasting("another ETag", .wrongETag, [.putObject, .uploadPart, .completeUpload, .headObject, .getObject]),
        untrue("no such object", .status(404, code: "NoSuchKey"), [.getObject, .headObject, .delete]),
        untrue("an object that is said to be longer", .lyingContentLength(difference: 7), [.getObject]),
        untrue("an answer that is longer than it says", .lyingContentLength(difference: -3), documents),
    ]

    /// Time goes by.
    private static let ends = [
        FaultWay(
            name: "a slow answer", course: .once(.slow(bytesPerChunk: 4096)), operations: every, isHarmless: true),
        FaultWay(name: "no answer until it is stopped", course: .untilStopped(.stall), operations: every),
        FaultWay(
            name: "half an answer until it is stopped", course: .untilStopped(.stallBodyAfter(10)),
            operations: documents),
        // A double that has gone does not come back; to who asks it, this is the same.
        FaultWay(name: "a store that goes away", course: .fromThenOn, operations: every),
    ]

    private static func passing(_ name: String, _ fault: R2Fault, _ operations: Set<R2Operation>) -> FaultWay {
        FaultWay(name: name, course: .once(fault), operations: operations, isPassing: true)
    }

    private static func lasting(_ name: String, _ fault: R2Fault, _ operations: Set<R2Operation>) -> FaultWay {
        FaultWay(name: name, course: .once(fault), operations: operations)
    }

    private static func untrue(_ name: String, _ fault: R2Fault, _ operations: Set<R2Operation>) -> FaultWay {
        FaultWay(name: name, course: .once(fault), operations: operations, lies: true)
    }
}
