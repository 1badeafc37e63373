import Testing

@testable import Postgres

/// The queue alone: no threads, no clock, every step told.
@Suite struct PoolQueueTests {
    typealias Queue = PoolQueue<String, Int>

    private func text(_ answer: Queue.Answer) -> String {
        switch answer {
        case .take(let member): "take \(member)"
        case .make: "make"
        case .wait(let waiter): "wait \(waiter)"
        case .full: "full"
        case .closed: "closed"
        }
    }

    private func text(_ handover: Queue.Handover) -> String {
        switch handover {
        case .give(let member, let waiter): "give \(member) to \(waiter)"
        case .keep: "keep"
        case .close(let member): "close \(member)"
        }
    }

    private func expect(_ answer: Queue.Answer, _ expected: String) { #expect(text(answer) == expected) }
    private func expect(_ handover: Queue.Handover, _ expected: String) { #expect(text(handover) == expected) }

    @Test func membersAreMadeUpToTheLimitThenCallersWaitInOrderThenAreRefused() {
        var queue = Queue(limit: 2, waiterLimit: 2)
        let answers = (0..<5).map { _ in text(queue.ask(waitingUntil: 100)) }
        #expect(answers == ["make", "make", "wait 1", "wait 2", "full"])
        expect(queue.giveBack("a"), "give a to 1")
        expect(queue.giveBack("b"), "give b to 2")
        expect(queue.giveBack("a"), "keep")
    }

    @Test func theMemberUsedLastIsTakenFirst() {
        var queue = Queue(limit: 2, waiterLimit: 0)
        _ = queue.ask(waitingUntil: 0)
        _ = queue.ask(waitingUntil: 0)
        _ = queue.giveBack("a")
        _ = queue.giveBack("b")
        expect(queue.ask(waitingUntil: 0), "take b")
        expect(queue.ask(waitingUntil: 0), "take a")
        expect(queue.ask(waitingUntil: 0), "full")
    }

    @Test func whoGaveUpOrRanOutOfTimeIsPassedOver() {
        var queue = Queue(limit: 1, waiterLimit: 10)
        _ = queue.ask(waitingUntil: 0)
        _ = queue.ask(waitingUntil: 10)
        _ = queue.ask(waitingUntil: 20)
        _ = queue.ask(waitingUntil: 30)
        let gaveUp = [queue.giveUp(2), queue.giveUp(2)]
        #expect(gaveUp == [true, false])
        let expired = [queue.expire(now: 9), queue.expire(now: 10)]
        #expect(expired == [[], [1]])
        expect(queue.giveBack("a"), "give a to 3")
    }

    @Test func aClosedQueueServesNobodyAndClosesWhatComesBack() {
        var queue = Queue(limit: 2, waiterLimit: 10)
        _ = queue.ask(waitingUntil: 0)
        _ = queue.ask(waitingUntil: 0)
        _ = queue.ask(waitingUntil: 50)
        _ = queue.giveUp(1)
        _ = queue.giveBack("a")
        let left = queue.close()
        #expect(left.idle == ["a"] && left.waiters.isEmpty)
        expect(queue.giveBack("b"), "close b")
        expect(queue.ask(waitingUntil: 0), "closed")
    }

    @Test func theLeastRecentlyUsedStatementGivesWay() {
        var statements = PreparedStatements(limit: 2)
        statements.add("SELECT 1", name: statements.nextName())
        statements.add("SELECT \(1)", name: statements.nextName())
        let used = statements.name(of: "SELECT 1")
        #expect(used == "s1")
        let evicted = [statements.evictIfFull(), statements.name(of: "SELECT \(5)"), statements.evictIfFull()]
        #expect(evicted == ["s2", nil, nil])
        statements.add("SELECT \("text")", name: "s3")
        let other = statements.name(of: "SELECT \(5)")
        #expect(other == nil, "the same text with other types is another statement")
    }
}
