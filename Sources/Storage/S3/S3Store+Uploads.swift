import HTTPClient
import Model

/// Uploads that an earlier process began
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html).
extension S3Store {
    /// What servers say that list no uploads at all, or, like rclone, none of a bucket that never had any.
    private static let noUploads: Set<String> = ["NotImplemented", "NoSuchUpload"]

    /// Where a list of uploads goes on, in the server's words; what it does not say is not sent.
    private struct UploadMarker: Sendable, Equatable {
        var key: String?
        var id: String?
    }

    /// What one request for uploads answered.
    private struct UploadsAnswer: Sendable {
        var uploads: [OpenUpload] = []
        /// nil on the last page.
        var next: UploadMarker?
    }

    package func resumeUpload(_ key: String, id: String, partSize: Int64) async throws -> (any ObjectUpload)? {
        try check(key, "go on with the upload of")
        guard !id.isEmpty else { return nil }
        return S3Upload(store: self, key: key, id: id, partSize: partSize, isResumed: true)
    }

    package func openUploads(prefix: String) async throws -> [OpenUpload] {
        var uploads: [OpenUpload] = []
        var marker: UploadMarker?
        while true {
            let request = uploadsRequest(prefix, from: marker)
            let answer = try await retry.run { _ in try await self.uploadsOnce(request, prefix: prefix) }
            uploads += answer.uploads
            guard let next = answer.next else { break }
            guard next != marker, next != UploadMarker() else {
                throw connection.failure(.unreachable, request, reason: "the server's list does not go on")
            }
            marker = next
        }
        return uploads.sorted { ObjectKey.precedes($0.key, $1.key) }
    }

    /// Asks for no encoding: SeaweedFS says then that keys are encoded, and does not encode them. Asks for no size of the
    /// page either: all have 1,000 or more, and not all let it be chosen.
    private func uploadsRequest(_ prefix: String, from marker: UploadMarker?) -> S3Request {
        var request = S3Request("GET", "list the uploads of", key: nil)
        request.query = [(name: "uploads", value: ""), (name: "prefix", value: connection.endpoint.prefix + prefix)]
        if let key = marker?.key { request.query.append((name: "key-marker", value: key)) }
        if let id = marker?.id { request.query.append((name: "upload-id-marker", value: id)) }
        return request
    }

    private func uploadsOnce(_ request: S3Request, prefix: String) async throws -> UploadsAnswer {
        let response: HTTPResponse
        do {
            response = try await connection.send(request, accepting: [501])
        } catch let error as StoreError where Self.noUploads.contains(error.storeCode ?? "") {
            return UploadsAnswer()
        }
        if response.status == 501 { return UploadsAnswer() }
        guard let document = S3XML.parse(response.body), document.name == "ListMultipartUploadsResult" else {
            throw connection.unreadable(request)
        }
        let isEncoded = document["EncodingType"]?.text == "url"
        func decoded(_ text: String) -> String { isEncoded ? Self.decodeURL(text) : text }

        let root = connection.endpoint.prefix
        var answer = UploadsAnswer()
        for element in document.all("Upload") {
            guard let name = element["Key"]?.text, let id = element["UploadId"]?.text, !id.isEmpty else {
                throw connection.failure(.unreachable, request, reason: "the server listed an upload without key or id")
            }
            let whole = decoded(name)
            // Not every server looks at the prefix.
            guard ObjectKey.begins(whole, with: root + prefix) else { continue }
            let key = ObjectKey.dropping(root.utf8.count, from: whole)
            let begun = element["Initiated"].flatMap { Self.timestamp($0.text) }
            answer.uploads.append(OpenUpload(key: key, id: id, begun: begun))
        }
        if document["IsTruncated"]?.text == "true" {
            answer.next = UploadMarker(
                key: Self.said(document["NextKeyMarker"]).map { decoded($0) },
                id: Self.said(document["NextUploadIdMarker"]))
        }
        return answer
    }

    /// An element's text, or nil where there is none.
    private static func said(_ element: S3XML.Element?) -> String? {
        guard let text = element?.text, !text.isEmpty else { return nil }
        return text
    }

    /// As S3 writes times, `2026-03-15T02:30:00.000Z`; nil where it is something else.
    private static func timestamp(_ text: String) -> Timestamp? {
        guard text.hasSuffix("Z") else { return nil }
        return Timestamp(String(text.prefix { $0 != "." && $0 != "Z" }))
    }
}
