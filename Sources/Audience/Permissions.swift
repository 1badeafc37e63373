public import Access

extension Permission {
    public static let viewsRead = Permission("views.read")
    public static let viewsImport = Permission("views.import")
    public static let viewsManage = Permission("views.manage")
}
