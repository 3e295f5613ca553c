import Model
import Testing

@Suite("A fingerprint")
struct FingerprintTests {
    @Test("is the same everywhere, as it is a SHA-256")
    func stable() {
        // printf '3:abc' | sha256sum
        #expect(Fingerprint.of(["abc"]) == "aab5f9ae99b2e38fb462025c8f72f570")
    }

    @Test("knows where a part ends")
    func parts() {
        let all = [["a", "b"], ["ab"], ["a", "b", ""], ["", "ab"], ["b", "a"], []].map { Fingerprint.of($0) }
        #expect(Set(all).count == all.count)
    }
}
