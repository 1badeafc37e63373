public import Access

/// What Editorial asks about. Which roles have it is data: rows of `access.role_permission`.
extension Permission {
    public static let articlePitch = Permission("article.pitch")
    public static let articleRead = Permission("article.read")
    public static let articleReadOwn = Permission("article.read-own")
    public static let articleWrite = Permission("article.write")
    public static let articleWriteOwn = Permission("article.write-own")
    public static let articleSubmit = Permission("article.submit")
    public static let articleAssign = Permission("article.assign")
    public static let articleMove = Permission("article.move")
    public static let articlePublish = Permission("article.publish")
    public static let articleOverride = Permission("article.override")
    public static let articleImport = Permission("article.import")
    public static let reviewRequest = Permission("review.request")
    public static let reviewRespond = Permission("review.respond")
    public static let contributorManage = Permission("contributor.manage")
    public static let sectionManage = Permission("section.manage")

    // Workflow: steps beside the way to publication.
    public static let articleSchedule = Permission("article.schedule")
    public static let articleHold = Permission("article.hold")
    public static let articleKill = Permission("article.kill")
    public static let articleKillApproved = Permission("article.kill-approved")
    public static let articlePlan = Permission("article.plan")
    public static let articleFlag = Permission("article.flag")
    public static let articleMigrate = Permission("article.migrate")
    // Planning.
    public static let seriesManage = Permission("series.manage")
    public static let slotManage = Permission("slot.manage")
    public static let commissionManage = Permission("commission.manage")
    public static let commissionPay = Permission("commission.pay")
    public static let feeRead = Permission("fee.read")
    public static let pitchRead = Permission("pitch.read")
    public static let pitchManage = Permission("pitch.manage")
    public static let styleManage = Permission("style.manage")
    // Reviews.
    public static let commentWrite = Permission("comment.write")
    public static let checklistTick = Permission("checklist.tick")
    public static let signOffManage = Permission("signoff.manage")
    // Exchange.
    public static let articleExport = Permission("article.export")
    // Pictures.
    public static let imageManage = Permission("image.manage")

    // Publication.
    public static let articleCorrect = Permission("article.correct")
    public static let articleRetract = Permission("article.retract")
    public static let articleUnpublish = Permission("article.unpublish")
    public static let articleEmbargo = Permission("article.embargo")
    public static let articleEmbargoLift = Permission("article.embargo-lift")

    /// The permission to give an approval of this kind. An author's is given by whoever is bylined, whatever his roles.
    static func approval(_ kind: ApprovalKind) -> Permission {
        Permission(rawValue: "approval.\(kind.rawValue)")
    }
}

extension Actor {
    /// For what belongs to no section, a contributor or the list of them: whoever may do it in one section may.
    func requireAnywhere(_ permission: Permission) throws {
        if sections(for: permission) == nil { try require(permission) }
    }
}
