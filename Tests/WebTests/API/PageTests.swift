import Testing

@testable import Web

@Suite("A part of a list") struct PageTests {
    @Test(
        "has so many items, and says where the rest begins",
        arguments: [
            ([5, 4, 3, 2, 1], 2, [5, 4], 4), ([5, 4, 3], 3, [5, 4, 3], nil), ([5, 4, 3], 500, [5, 4, 3], nil),
            ([], 50, [], nil), ([5, 4, 3], 1, [5], 5),
        ] as [([Int], Int, [Int], Int?)])
    func parts(all: [Int], limit: Int, items: [Int], next: Int?) {
        let page = Page(all, limit: limit, mark: { $0 })
        #expect(page.items == items)
        #expect(page.next == next)
    }

    @Test("keeps what has the same mark together")
    func sameMarks() {
        let page = Page(["5a", "5b", "4a", "4b", "4c", "3a"], limit: 3, mark: { $0.first })
        #expect(page.items == ["5a", "5b", "4a", "4b", "4c"])
    }

    @Test(
        "is asked for by numbers in their only spelling",
        arguments: [
            ("1", 1), ("9223372036854775807", Int64.max), ("0", nil), ("-1", nil), ("+1", nil), ("01", nil),
            ("1.0", nil),
            ("9223372036854775808", nil), ("", nil), ("one", nil), ("1 ", nil), ("١", nil), (nil, nil),
        ] as [(String?, Int64?)])
    func number(text: String?, number: Int64?) {
        #expect(QueryValue.number(text) == number)
    }
}
