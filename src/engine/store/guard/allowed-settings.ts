import { availableParallelism } from 'node:os';
import { limits } from '../../domain/limits.ts';

/** Settings that bound a query: a statement may ask for less than the endpoint gives, never for more. */
const caps: Readonly<Record<string, number>> = {
  max_execution_time: limits.query.maxTimeMs / 1000,
  max_result_rows: limits.query.resultRows,
  max_result_bytes: limits.query.resultBytes,
  max_memory_usage: limits.query.memoryBytes,
  max_memory_usage_for_user: limits.query.memoryBytes,
  max_threads: availableParallelism(),
  max_final_threads: availableParallelism(),
  max_block_size: 1_048_576,
};

/** Settings that change how an answer is computed or written, and nothing outside the query. */
export const allowedSettings: ReadonlySet<string> = new Set(
  `aggregate_functions_null_for_empty allow_experimental_dynamic_type allow_experimental_json_type
  allow_experimental_object_type allow_experimental_variant_type allow_suspicious_types_in_group_by
  allow_suspicious_types_in_order_by any_join_distinct_right_table_keys asterisk_include_alias_columns
  asterisk_include_materialized_columns bool_false_representation bool_true_representation
  cast_ipv4_ipv6_default_on_conversion_error cast_keep_nullable cast_string_to_dynamic_use_inference
  cast_string_to_variant_use_inference compile_aggregate_expressions compile_expressions
  compile_sort_description convert_query_to_cnf count_distinct_implementation count_distinct_optimization
  cross_to_inner_join_rewrite date_time_input_format date_time_output_format decimal_check_overflow
  describe_compact_output describe_include_subcolumns distributed_group_by_no_merge distributed_product_mode
  do_not_merge_across_partitions_select_final enable_extended_results_for_datetime_functions
  enable_named_columns_in_function_tuple enable_optimize_predicate_expression enable_order_by_all
  enable_positional_arguments enable_unaligned_array_join enable_vertical_final exact_rows_before_limit extremes
  final force_index_by_date force_primary_key format_csv_allow_double_quotes format_csv_allow_single_quotes
  format_csv_delimiter format_csv_null_representation format_tsv_null_representation
  formatdatetime_f_prints_single_zero formatdatetime_format_without_leading_zeros
  formatdatetime_parsedatetime_m_is_month_name function_json_value_return_type_allow_complex
  function_json_value_return_type_allow_nullable group_by_overflow_mode group_by_two_level_threshold
  group_by_two_level_threshold_bytes group_by_use_nulls ignore_data_skipping_indices
  input_format_null_as_default interval_output_format join_algorithm join_any_take_last_row
  join_default_strictness join_use_nulls legacy_column_name_of_tuple_literal limit
  low_cardinality_allow_in_native_format
  max_bytes_in_distinct max_bytes_in_join max_bytes_in_set max_bytes_to_read max_columns_to_read
  max_rows_in_distinct max_rows_in_join max_rows_in_set max_rows_to_group_by max_rows_to_read max_rows_to_sort
  max_streams_to_max_threads_ratio multiple_joins_try_to_keep_original_names offset
  optimize_aggregation_in_order optimize_aggregators_of_group_by_keys optimize_append_index
  optimize_distinct_in_order optimize_duplicate_order_by_and_distinct optimize_functions_to_subcolumns
  optimize_group_by_function_keys optimize_move_to_prewhere optimize_normalize_count_variants
  optimize_read_in_order optimize_redundant_functions_in_order_by optimize_rewrite_sum_if_to_count_if
  optimize_skip_unused_shards optimize_substitute_columns optimize_syntax_fuse_functions
  optimize_trivial_count_query optimize_use_implicit_projections optimize_use_projections
  partial_merge_join_optimizations precise_float_parsing prefer_column_name_to_alias prefer_global_in_and_join
  query_plan_enable_optimizations query_plan_max_optimizations_to_apply query_plan_optimize_primary_key
  read_in_order_two_level_merge_threshold read_overflow_mode regexp_max_matches_per_row result_overflow_mode
  session_timezone short_circuit_function_evaluation skip_unavailable_shards sort_overflow_mode
  timeout_overflow_mode totals_auto_threshold totals_mode transform_null_in union_default_mode
  use_index_for_in_with_subqueries query_cache_ttl use_query_cache use_query_condition_cache use_skip_indexes
  use_skip_indexes_if_final use_uncompressed_cache use_variant_as_common_type`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

/** About connections and servers, and marks by which the store finds its own statements again. */
const ofTransport: ReadonlySet<string> = new Set([
  'cancel_http_readonly_queries_on_client_close',
  'enable_http_compression',
  'http_headers_progress_interval_ms',
  'http_response_buffer_size',
  'http_zlib_compression_level',
  'load_balancing',
  'log_comment',
  'log_queries',
  'priority',
  'receive_timeout',
  'send_progress_in_http_headers',
  'send_timeout',
  'wait_end_of_query',
  'workload',
]);

/** How names are looked up; the guard relies on it when it decides what a name in a statement stands for. */
const ofNames: ReadonlySet<string> = new Set([
  'allow_experimental_analyzer',
  'enable_analyzer',
  'enable_global_with_statement',
]);

/** `output_format_schema` names a file that the engine would write. */
const outputFormat = /^output_format_(?!schema$)\w+$/;

export type SettingVerdict =
  | { readonly verdict: 'allowed'; readonly cap?: number }
  /** Without meaning here, or the endpoint's own to set. Real clients send it, so a request may; it is left out. */
  | { readonly verdict: 'ignored' }
  | { readonly verdict: 'refused'; readonly reason: string };

/** Whether a statement or a request may set this, and up to what. `value` is the text of the value. */
export function judgeSetting(name: string, value: string): SettingVerdict {
  if (name === 'readonly') {
    return value === '1' || value === '2' ? { verdict: 'ignored' } : refused('the endpoint is always read-only');
  }
  if (ofTransport.has(name)) return { verdict: 'ignored' };
  if (ofNames.has(name)) return value === '1' ? { verdict: 'allowed' } : refused(`${name} must stay on`);
  const cap = caps[name];
  if (cap !== undefined) {
    return /^\d+(\.\d+)?$/.test(value) ? { verdict: 'allowed', cap } : refused(`${name} must be a number`);
  }
  if (allowedSettings.has(name) || outputFormat.test(name)) return { verdict: 'allowed' };
  return refused(`the setting ${name} cannot be changed here`);
}

function refused(reason: string): SettingVerdict {
  return { verdict: 'refused', reason };
}

/** The value that is used: 0 means "no limit" to ClickHouse, and here "as much as there is". */
export function capped(value: string, cap: number): number {
  const asked = Number(value);
  return asked === 0 || asked > cap ? cap : asked;
}
