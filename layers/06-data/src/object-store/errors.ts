/** Codes of the object stores' errors. */
export type ObjectStoreErrorCode =
  /** The URL of a store cannot be used. */
  | "object_store_url_bad"
  /** The store is of a kind that is not built. */
  | "object_store_unsupported"
  /** A Google service account's key lacks something, or is no key. */
  | "service_account_key_bad"
  /** The store does not accept the credentials, or they do not allow this. */
  | "object_store_refused"
  /** The bucket takes no access rules for single objects. */
  | "object_acl_refused"
  /** The two clocks are too far apart for signed requests. */
  | "object_store_clock_skew"
  | "object_store_bucket_missing"
  /** The bucket is in another region than the one that was signed for. */
  | "object_store_region_wrong"
  /** The store did not finish in time. */
  | "object_store_timeout"
  /** The store failed, or is busy; worth another try. */
  | "object_store_failed"
  /** An answer that is not what the store's protocol says. */
  | "object_store_bad_answer"
  /** The range is not inside the object. */
  | "object_range_refused"
  /** The key, the metadata or the size of an object cannot be stored. */
  | "object_refused"
  /** The upload form was refused; the message is the store's own text. */
  | "object_post_refused"
  /** No room in this store. */
  | "store_full"
  /** A path that leaves the store. */
  | "object_path_refused";
