(* Operator norms of real matrices; theorem 1, the layerwise and the refined bound, and the bound of the trace.

   A vector of R^n is a function on the indices, of which only those below n count; a matrix likewise. *)

From Coq Require Import Reals List Lra Lia.
Import ListNotations.
Local Open Scope R_scope.

Definition vector := nat -> R.
Definition matrix := nat -> nat -> R.

Fixpoint sum (n : nat) (f : nat -> R) : R := match n with O => 0 | S k => sum k f + f k end.
Definition dot (n : nat) (x y : vector) : R := sum n (fun i => x i * y i).
Definition len (n : nat) (x : vector) : R := sqrt (dot n x x).
Definition times (n : nat) (a : matrix) (x : vector) : vector := fun i => sum n (fun j => a i j * x j).
Definition scale (d x : vector) : vector := fun i => d i * x i.

(* ||A|| <= c for the map A of R^n to R^m *)
Definition norm_le (m n : nat) (a : vector -> vector) (c : R) : Prop := forall x, len m (a x) <= c * len n x.

Lemma sum_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> sum n f = sum n g.
Proof. intros same. induction n as [|n IH]; simpl; [lra|]. rewrite IH, same; auto. Qed.

Lemma sum_le n f g : (forall i, (i < n)%nat -> f i <= g i) -> sum n f <= sum n g.
Proof. intros below. induction n as [|n IH]; simpl; [lra|]. apply Rplus_le_compat; auto. Qed.

Lemma sum_nonneg n f : (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= sum n f.
Proof.
  intros positive. induction n as [|n IH]; simpl; [lra|]. apply Rplus_le_le_0_compat; auto.
Qed.

Lemma sum_plus n f g : sum n (fun i => f i + g i) = sum n f + sum n g.
Proof. induction n as [|n IH]; simpl; [lra|]. rewrite IH. lra. Qed.

Lemma sum_times n c f : sum n (fun i => c * f i) = c * sum n f.
Proof. induction n as [|n IH]; simpl; [lra|]. rewrite IH. lra. Qed.

Lemma sum_abs n f : Rabs (sum n f) <= sum n (fun i => Rabs (f i)).
Proof.
  induction n as [|n IH]; simpl; [rewrite Rabs_R0; lra|]. eapply Rle_trans; [apply Rabs_triang|lra].
Qed.

Lemma sum_one n f k : (k < n)%nat -> (forall i, (i < n)%nat -> i <> k -> f i = 0) -> sum n f = f k.
Proof.
  induction n as [|n IH]; intros inside others; [lia|]. simpl. destruct (Nat.eq_dec k n) as [->|].
  - rewrite (sum_ext n f (fun _ => 0 * 0)).
    + rewrite (sum_times n 0 (fun _ => 0)). lra.
    + intros i hi. rewrite others by lia. lra.
  - rewrite (others n) by lia. rewrite IH; [lra|lia|]. intros. apply others; lia.
Qed.

Lemma sum_member n f k : (k < n)%nat -> (forall i, (i < n)%nat -> 0 <= f i) -> f k <= sum n f.
Proof.
  induction n as [|n IH]; intros inside positive; [lia|]. simpl. destruct (Nat.eq_dec k n) as [->|].
  - assert (0 <= sum n f) by (apply sum_nonneg; auto). lra.
  - assert (f k <= sum n f) by (apply IH; [lia|auto]). specialize (positive n ltac:(lia)). lra.
Qed.

Lemma dot_nonneg n x : 0 <= dot n x x.
Proof. apply sum_nonneg. intros. apply Rle_0_sqr. Qed.

Lemma len_nonneg n x : 0 <= len n x.
Proof. apply sqrt_pos. Qed.

Lemma len_square n x : len n x * len n x = dot n x x.
Proof. apply sqrt_sqrt, dot_nonneg. Qed.

Lemma len_ext n x y : (forall i, (i < n)%nat -> x i = y i) -> len n x = len n y.
Proof. intros same. unfold len, dot. f_equal. apply sum_ext. intros i hi. now rewrite same. Qed.

Lemma square_order a b : 0 <= b -> a * a <= b * b -> a <= b.
Proof. intros. apply Rnot_lt_le. intros less. nra. Qed.

Lemma entry_le_len n x k : (k < n)%nat -> Rabs (x k) <= len n x.
Proof.
  intros inside. apply square_order; [apply len_nonneg|].
  rewrite len_square, <- Rabs_mult, Rabs_pos_eq by apply Rle_0_sqr.
  apply (sum_member n (fun i => x i * x i) k inside). intros. apply Rle_0_sqr.
Qed.

Lemma schwarz n x y : dot n x y * dot n x y <= dot n x x * dot n y y.
Proof.
  unfold dot. induction n as [|n IH]; simpl; [lra|].
  assert (px : 0 <= sum n (fun i => x i * x i)) by apply dot_nonneg.
  assert (py : 0 <= sum n (fun i => y i * y i)) by apply dot_nonneg.
  set (a := sum n (fun i => x i * x i)) in *. set (b := sum n (fun i => y i * y i)) in *.
  set (c := sum n (fun i => x i * y i)) in *.
  (* 2 c x y <= a y^2 + b x^2, because (c x y)^2 <= (a y^2) (b x^2) *)
  assert (2 * c * (x n * y n) <= a * (y n * y n) + b * (x n * x n)); [|nra].
  apply square_order; [apply Rplus_le_le_0_compat; apply Rmult_le_pos; trivial; apply Rle_0_sqr|].
  generalize (Rle_0_sqr (a * (y n * y n) - b * (x n * x n))) (Rle_0_sqr (x n * y n)). unfold Rsqr. nra.
Qed.

Lemma frobenius m n a : norm_le m n (times n a) (sqrt (sum m (fun i => dot n (a i) (a i)))).
Proof.
  intros x. apply square_order; [apply Rmult_le_pos; [apply sqrt_pos|apply len_nonneg]|].
  set (s := sum m _). assert (positive : 0 <= s) by (apply sum_nonneg; intros; apply dot_nonneg).
  replace (sqrt s * len n x * (sqrt s * len n x)) with (sqrt s * sqrt s * (len n x * len n x)) by ring.
  rewrite sqrt_sqrt, !len_square by trivial. unfold s. rewrite (Rmult_comm (sum m _)), <- sum_times.
  apply sum_le. intros i _. rewrite (Rmult_comm (dot n x x)). apply schwarz.
Qed.

(* The operator norm itself: the infimum of the c with ||A x|| <= c ||x||, which is one of them. *)
Lemma norm_exists m n a : { c : R | 0 <= c /\ norm_le m n (times n a) c /\
  forall c', 0 <= c' -> norm_le m n (times n a) c' -> c <= c' }.
Proof.
  set (below := fun r => exists c', 0 <= c' /\ norm_le m n (times n a) c' /\ r = - c').
  destruct (completeness below) as [s [upper least]].
  - exists 0. intros r (c' & h & _ & ->). lra.
  - exists (- sqrt (sum m (fun i => dot n (a i) (a i)))). eexists. repeat split; [|apply frobenius]. apply sqrt_pos.
  - assert (nonneg : s <= 0) by (apply least; intros r (c' & h & _ & ->); lra).
    exists (- s). split; [lra|split].
    + intros x. apply Rnot_lt_le. intros less.
      destruct (Req_dec (len n x) 0) as [zero|apart].
      * generalize (frobenius m n a x). rewrite zero in *. rewrite !Rmult_0_r in *. lra.
      * assert (0 < len n x) by (generalize (len_nonneg n x); lra).
        enough (s <= - (len m (times n a x) / len n x)).
        { apply (Rmult_le_compat_r (len n x)) in H0; [|lra]. unfold Rdiv in H0.
          rewrite <- Ropp_mult_distr_l, Rmult_assoc, Rinv_l, Rmult_1_r in H0 by trivial. nra. }
        apply least. intros r (c' & _ & holds & ->). specialize (holds x).
        apply Ropp_le_contravar. apply (Rmult_le_reg_r (len n x)); [trivial|].
        unfold Rdiv. now rewrite Rmult_assoc, Rinv_l, Rmult_1_r.
    + intros c' h holds. assert (- c' <= s) by (apply upper; exists c'; auto). lra.
Qed.

Definition norm (m n : nat) (a : matrix) : R := proj1_sig (norm_exists m n a).

Lemma norm_nonneg m n a : 0 <= norm m n a.
Proof. exact (proj1 (proj2_sig (norm_exists m n a))). Qed.

Lemma norm_bounds m n a : norm_le m n (times n a) (norm m n a).
Proof. exact (proj1 (proj2 (proj2_sig (norm_exists m n a)))). Qed.

Lemma norm_least m n a c : 0 <= c -> norm_le m n (times n a) c -> norm m n a <= c.
Proof. exact (proj2 (proj2 (proj2_sig (norm_exists m n a))) c). Qed.

(* Diagonal factors *)

Lemma scale_le n d x delta : 0 <= delta -> (forall i, (i < n)%nat -> Rabs (d i) <= delta) ->
  len n (scale d x) <= delta * len n x.
Proof.
  intros positive below. apply square_order; [apply Rmult_le_pos; [trivial|apply len_nonneg]|].
  replace (delta * len n x * (delta * len n x)) with (delta * delta * (len n x * len n x)) by ring.
  rewrite !len_square. unfold dot. rewrite <- sum_times. apply sum_le. intros i hi. unfold scale.
  specialize (below i hi). assert (Rabs (d i) * Rabs (d i) <= delta * delta)
    by (apply Rmult_le_compat; trivial; apply Rabs_pos).
  rewrite <- Rabs_mult, Rabs_pos_eq in H by apply Rle_0_sqr.
  replace (d i * x i * (d i * x i)) with (d i * d i * (x i * x i)) by ring.
  apply Rmult_le_compat_r; [apply Rle_0_sqr|trivial].
Qed.

Lemma times_ext n a x y : (forall j, (j < n)%nat -> x j = y j) -> forall i, times n a x i = times n a y i.
Proof. intros same i. apply sum_ext. intros j hj. now rewrite same. Qed.

(* Df = W_L D_{L-1} ... D_1 W_1. A step is D_k and the matrix W_{k+1} that follows it; `cap` bounds |s_k'| on U. *)
Record step := Step { size : nat; slope : vector; cap : vector; next : matrix }.

Section Layers.
Variable out : nat.

Definition rows (rest : list step) : nat := match rest with [] => out | s :: _ => size s end.
Definition caps (rest : list step) : vector := match rest with [] => fun _ => 1 | s :: _ => cap s end.

Fixpoint tail (steps : list step) (v : vector) : vector :=
  match steps with [] => v | s :: rest => tail rest (times (size s) (next s) (scale (slope s) v)) end.

Definition jacobian (d : nat) (w1 : matrix) (steps : list step) (u : vector) : vector := tail steps (times d w1 u).

Definition caps_hold (s : step) : Prop := forall i, (i < size s)%nat -> Rabs (slope s i) <= cap s i.

(* Theorem 1: `Some delta` marks a saturated layer, None one of which only |s'| <= lambda is known. *)
Variable delta : R.

Fixpoint c_w (steps : list (step * (bool * R))) : R :=
  match steps with
  | [] => 1
  | (s, (saturated, lambda)) :: rest =>
    (if saturated then 1 else lambda) * norm (rows (map fst rest)) (size s) (next s) * c_w rest
  end.
Fixpoint saturated_layers (steps : list (step * (bool * R))) : nat :=
  match steps with
  | [] => O
  | (_, (true, _)) :: rest => S (saturated_layers rest)
  | _ :: rest => saturated_layers rest
  end.
Definition layer_holds (t : step * (bool * R)) : Prop :=
  let '(s, (saturated, lambda)) := t in
  0 <= lambda /\ forall i, (i < size s)%nat -> Rabs (slope s i) <= if saturated then delta else lambda.

Lemma c_w_nonneg steps : Forall layer_holds steps -> 0 <= c_w steps.
Proof.
  induction 1 as [|[s [saturated lambda]] rest [h _] _ IH]; simpl; [lra|].
  repeat apply Rmult_le_pos; trivial; [destruct saturated; lra|apply norm_nonneg].
Qed.

Lemma tail_bound steps : 0 <= delta -> Forall layer_holds steps ->
  forall v, len out (tail (map fst steps) v)
    <= c_w steps * delta ^ saturated_layers steps * len (rows (map fst steps)) v.
Proof.
  intros positive. induction 1 as [|[s [saturated lambda]] rest [hl hs] all IH]; intros v; simpl; [lra|].
  eapply Rle_trans; [apply IH|].
  set (factor := if saturated then delta else lambda).
  assert (hf : 0 <= factor) by (unfold factor; destruct saturated; lra).
  assert (one := norm_bounds (rows (map fst rest)) (size s) (next s) (scale (slope s) v)).
  assert (two := scale_le (size s) (slope s) v factor hf hs).
  apply Rle_trans with (c_w rest * delta ^ saturated_layers rest *
    (norm (rows (map fst rest)) (size s) (next s) * (factor * len (size s) v))).
  - apply Rmult_le_compat_l; [apply Rmult_le_pos; [now apply c_w_nonneg|now apply pow_le]|].
    eapply Rle_trans; [exact one|]. apply Rmult_le_compat_l; [apply norm_nonneg|exact two].
  - unfold factor. destruct saturated; simpl; apply Req_le; ring.
Qed.

Theorem theorem_1 (d : nat) (w1 : matrix) (steps : list (step * (bool * R))) :
  0 <= delta -> Forall layer_holds steps ->
  norm_le out d (jacobian d w1 (map fst steps))
    (norm (rows (map fst steps)) d w1 * c_w steps * delta ^ saturated_layers steps).
Proof.
  intros positive all u. unfold jacobian. eapply Rle_trans; [now apply tail_bound|].
  replace (norm (rows (map fst steps)) d w1 * c_w steps * delta ^ saturated_layers steps * len d u)
    with (c_w steps * delta ^ saturated_layers steps * (norm (rows (map fst steps)) d w1 * len d u)) by ring.
  apply Rmult_le_compat_l; [|apply norm_bounds].
  apply Rmult_le_pos; [now apply c_w_nonneg|now apply pow_le].
Qed.

(* The refined bound: E = diag sqrt(cap), and no condition on the sign of s' *)

Definition root (e : vector) : vector := fun i => sqrt (e i).
Definition sandwich (left : vector) (a : matrix) (right : vector) : matrix := fun i j => left i * a i j * right j.
Definition ones : vector := fun _ => 1.

Fixpoint refined (steps : list step) : R :=
  match steps with
  | [] => 1
  | s :: rest => norm (rows rest) (size s) (sandwich (root (caps rest)) (next s) (root (cap s))) * refined rest
  end.

Lemma refined_nonneg steps : 0 <= refined steps.
Proof. induction steps as [|s rest IH]; simpl; [lra|]. apply Rmult_le_pos; [apply norm_nonneg|trivial]. Qed.

(* D = E F E with |F| <= 1: F = s'/e where e > 0, and 0 where e = 0. *)
Definition unit_factor (s : step) : vector := fun i => if Req_EM_T (cap s i) 0 then 0 else slope s i / cap s i.

Lemma unit_factor_small s i : caps_hold s -> (i < size s)%nat -> Rabs (unit_factor s i) <= 1.
Proof.
  intros all hi. specialize (all i hi). unfold unit_factor. destruct (Req_EM_T (cap s i) 0).
  - rewrite Rabs_R0. lra.
  - assert (0 < cap s i) by (generalize (Rabs_pos (slope s i)); lra).
    unfold Rdiv. rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq (cap s i)) by lra.
    apply (Rmult_le_reg_r (cap s i)); [trivial|]. rewrite Rmult_assoc, Rinv_l; lra.
Qed.

Lemma factored s i : caps_hold s -> (i < size s)%nat ->
  slope s i = sqrt (cap s i) * (unit_factor s i * sqrt (cap s i)).
Proof.
  intros all hi. specialize (all i hi). unfold unit_factor.
  assert (0 <= cap s i) by (generalize (Rabs_pos (slope s i)); lra).
  destruct (Req_EM_T (cap s i) 0) as [zero|apart].
  - rewrite zero in all. generalize (Rle_abs (slope s i)) (Rle_abs (- slope s i)). rewrite Rabs_Ropp. lra.
  - replace (sqrt (cap s i) * (slope s i / cap s i * sqrt (cap s i)))
      with (sqrt (cap s i) * sqrt (cap s i) * (slope s i / cap s i)) by ring.
    rewrite sqrt_sqrt by trivial. now field.
Qed.

Lemma refined_tail steps : Forall caps_hold steps -> forall v,
  len out (tail steps v) <= refined steps * len (rows steps) (scale (root (caps steps)) v).
Proof.
  induction 1 as [|s rest holds all IH]; intros v; simpl.
  - rewrite Rmult_1_l. apply Req_le, len_ext. intros. unfold scale, root. rewrite sqrt_1. ring.
  - eapply Rle_trans; [apply IH|].
    set (a := sandwich (root (caps rest)) (next s) (root (cap s))).
    rewrite (len_ext (rows rest) _ (times (size s) a (scale (unit_factor s) (scale (root (cap s)) v)))).
    + rewrite (Rmult_comm (norm _ _ _)), Rmult_assoc. apply Rmult_le_compat_l; [apply refined_nonneg|].
      eapply Rle_trans; [apply norm_bounds|]. apply Rmult_le_compat_l; [apply norm_nonneg|].
      rewrite <- (Rmult_1_l (len (size s) (scale (root (cap s)) v))).
      apply scale_le; [lra|]. intros. now apply unit_factor_small.
    + intros i _. unfold scale at 1, times. rewrite <- sum_times. apply sum_ext. intros j hj.
      unfold a, sandwich, scale, root. rewrite (factored s j holds hj). ring.
Qed.

Theorem refined_bound (d : nat) (w1 : matrix) (steps : list step) : Forall caps_hold steps ->
  norm_le out d (jacobian d w1 steps)
    (norm (rows steps) d (sandwich (root (caps steps)) w1 ones) * refined steps).
Proof.
  intros all u. eapply Rle_trans; [now apply refined_tail|].
  rewrite (Rmult_comm (norm _ _ _)), Rmult_assoc. apply Rmult_le_compat_l; [apply refined_nonneg|].
  rewrite (len_ext _ _ (times d (sandwich (root (caps steps)) w1 ones) u)); [apply norm_bounds|].
  intros i _. unfold scale, times. rewrite <- sum_times. apply sum_ext. intros. unfold sandwich, ones. ring.
Qed.

End Layers.

(* Each refined factor is at most the layerwise one: ||E A E'|| <= sqrt(delta) ||A|| sqrt(delta'). *)
Theorem refined_below_layerwise (m n : nat) (a : matrix) (e e' : vector) (delta delta' : R) :
  0 <= delta -> 0 <= delta' ->
  (forall i, (i < m)%nat -> 0 <= e i <= delta) -> (forall j, (j < n)%nat -> 0 <= e' j <= delta') ->
  norm m n (sandwich (root e) a (root e')) <= sqrt delta * norm m n a * sqrt delta'.
Proof.
  intros h h' below below'. apply norm_least.
  - repeat apply Rmult_le_pos; try apply sqrt_pos. apply norm_nonneg.
  - intros x. rewrite (len_ext m _ (scale (root e) (times n a (scale (root e') x)))).
    + rewrite !Rmult_assoc. eapply Rle_trans; [apply (scale_le m (root e) _ (sqrt delta)); [apply sqrt_pos|]|].
      * intros i hi. unfold root. rewrite Rabs_pos_eq by apply sqrt_pos. apply sqrt_le_1_alt, below, hi.
      * apply Rmult_le_compat_l; [apply sqrt_pos|]. eapply Rle_trans; [apply norm_bounds|].
        apply Rmult_le_compat_l; [apply norm_nonneg|]. apply scale_le; [apply sqrt_pos|].
        intros j hj. unfold root. rewrite Rabs_pos_eq by apply sqrt_pos. apply sqrt_le_1_alt, below', hj.
    + intros i _. unfold scale at 1, times. rewrite <- sum_times. apply sum_ext. intros.
      unfold sandwich, scale, root. ring.
Qed.

(* Hence the refined bound is at most the layerwise bound, prod ||W_l|| prod delta_k. *)
Definition delta_holds (t : step * R) : Prop :=
  0 <= snd t /\ forall i, (i < size (fst t))%nat -> 0 <= cap (fst t) i <= snd t.
Definition first_delta (steps : list (step * R)) : R := match steps with [] => 1 | t :: _ => snd t end.

Fixpoint layerwise (out : nat) (steps : list (step * R)) : R :=
  match steps with
  | [] => 1
  | (s, delta) :: rest => delta * norm (rows out (map fst rest)) (size s) (next s) * layerwise out rest
  end.

Lemma caps_first (out : nat) (steps : list (step * R)) : Forall delta_holds steps ->
  0 <= first_delta steps /\
  forall i, (i < rows out (map fst steps))%nat -> 0 <= caps (map fst steps) i <= first_delta steps.
Proof. destruct 1 as [|[s delta] rest [h all] _]; simpl in *; [split; intros; lra|auto]. Qed.

Lemma layerwise_tail (out : nat) (steps : list (step * R)) : Forall delta_holds steps ->
  refined out (map fst steps) * sqrt (first_delta steps) <= layerwise out steps.
Proof.
  induction 1 as [|[s delta] rest [h holds] all IH]; simpl in *; [rewrite sqrt_1; lra|].
  destruct (caps_first out rest all) as [h' below].
  assert (one := refined_below_layerwise (rows out (map fst rest)) (size s) (next s) (caps (map fst rest)) (cap s)
    (first_delta rest) delta h' h below holds).
  set (n := norm _ _ (next s)) in *. set (m := norm _ _ (sandwich _ _ _)) in *.
  assert (r := refined_nonneg out (map fst rest)). assert (n0 : 0 <= n) by apply norm_nonneg.
  generalize (sqrt_pos delta). intros d.
  apply Rle_trans with (sqrt (first_delta rest) * n * sqrt delta * refined out (map fst rest) * sqrt delta).
  - apply Rmult_le_compat_r; [trivial|]. now apply Rmult_le_compat_r.
  - replace (sqrt (first_delta rest) * n * sqrt delta * refined out (map fst rest) * sqrt delta)
      with (sqrt delta * sqrt delta * n * (refined out (map fst rest) * sqrt (first_delta rest))) by ring.
    rewrite sqrt_sqrt by trivial. apply Rmult_le_compat_l; [now apply Rmult_le_pos|trivial].
Qed.

Theorem refined_at_most_layerwise (out d : nat) (w1 : matrix) (steps : list (step * R)) :
  Forall delta_holds steps ->
  norm (rows out (map fst steps)) d (sandwich (root (caps (map fst steps))) w1 ones) * refined out (map fst steps)
  <= norm (rows out (map fst steps)) d w1 * layerwise out steps.
Proof.
  intros all. destruct (caps_first out steps all) as [h below].
  assert (one : norm (rows out (map fst steps)) d (sandwich (root (caps (map fst steps))) w1 ones)
    <= sqrt (first_delta steps) * norm (rows out (map fst steps)) d w1).
  { apply norm_least; [apply Rmult_le_pos; [apply sqrt_pos|apply norm_nonneg]|]. intros x.
    rewrite (len_ext _ _ (scale (root (caps (map fst steps))) (times d w1 x))).
    - rewrite Rmult_assoc. eapply Rle_trans; [apply (scale_le _ _ _ (sqrt (first_delta steps))); [apply sqrt_pos|]|].
      + intros i hi. unfold root. rewrite Rabs_pos_eq by apply sqrt_pos. apply sqrt_le_1_alt, below, hi.
      + apply Rmult_le_compat_l; [apply sqrt_pos|apply norm_bounds].
    - intros i _. unfold scale, times. rewrite <- sum_times. apply sum_ext. intros. unfold sandwich, ones, root. ring. }
  eapply Rle_trans; [apply Rmult_le_compat_r; [apply refined_nonneg|exact one]|].
  replace (sqrt (first_delta steps) * norm (rows out (map fst steps)) d w1 * refined out (map fst steps))
    with (norm (rows out (map fst steps)) d w1 * (refined out (map fst steps) * sqrt (first_delta steps))) by ring.
  apply Rmult_le_compat_l; [apply norm_nonneg|now apply layerwise_tail].
Qed.

(* |tr A| <= d ||A|| *)
Definition unit_vector (k : nat) : vector := fun i => if Nat.eq_dec i k then 1 else 0.
Definition trace (d : nat) (a : matrix) : R := sum d (fun i => a i i).

Lemma len_unit d k : (k < d)%nat -> len d (unit_vector k) = 1.
Proof.
  intros inside. unfold len, dot. rewrite (sum_one d _ k inside).
  - unfold unit_vector. destruct (Nat.eq_dec k k); [|lia]. rewrite Rmult_1_l. apply sqrt_1.
  - intros i _ other. unfold unit_vector. destruct (Nat.eq_dec i k); [lia|lra].
Qed.

Theorem trace_bound (d : nat) (a : matrix) (c : R) : norm_le d d (times d a) c -> Rabs (trace d a) <= INR d * c.
Proof.
  intros bound. unfold trace. eapply Rle_trans; [apply sum_abs|].
  apply Rle_trans with (sum d (fun _ => c * 1)).
  - apply sum_le. intros k hk. specialize (bound (unit_vector k)). rewrite len_unit in bound by trivial.
    eapply Rle_trans; [|exact bound]. eapply Rle_trans; [|apply (entry_le_len d _ k hk)].
    unfold times. rewrite (sum_one d _ k hk).
    + unfold unit_vector. destruct (Nat.eq_dec k k); [|lia]. rewrite Rmult_1_r. lra.
    + intros i _ other. unfold unit_vector. destruct (Nat.eq_dec i k); [lia|lra].
  - clear. induction d as [|d IH]; simpl sum; [simpl; lra|]. rewrite S_INR. lra.
Qed.
