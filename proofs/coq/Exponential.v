(* The kernel exp_minus (kernels/exponential.py): |E - e^-a| <= 2.5 u e^-a, step by step.

   What a float64 operation does is a hypothesis: the exact result times 1 + e with |e| <= u = 2^-53. That n is an
   integer near a/c, that n high is exact and that the last scaling is exact come from the program's integers and are
   hypotheses of the last theorem too. *)

From Coq Require Import Reals QArith Qreals Lra Lia.
Set Warnings "-ambiguous-paths".
From Coquelicot Require Import Coquelicot.
From Saturode Require Import Enclosure.
Local Open Scope R_scope.

Definition u : R := / 9007199254740992.

Lemma u_is : u = / 2 ^ 53.
Proof. unfold u. f_equal. simpl. lra. Qed.

(* The Taylor polynomial of degree 6 *)

Lemma Derive_n_exp c k t : Derive_n (fun t => exp (c * t)) k t = c ^ k * exp (c * t).
Proof.
  revert t. induction k as [|k IH]; intros t; simpl; [ring|].
  rewrite (Derive_ext _ _ _ IH). apply is_derive_unique. auto_derive; [trivial|ring].
Qed.

Lemma ex_derive_n_exp c k t : ex_derive_n (fun t => exp (c * t)) k t.
Proof.
  destruct k as [|k]; simpl; [trivial|].
  apply (ex_derive_ext (fun t => c ^ k * exp (c * t))); [intros; now rewrite Derive_n_exp|]. auto_derive. trivial.
Qed.

Definition p5 (r : R) : R := r * (1 / 720).
Definition p4 (r : R) : R := p5 r + - (1 / 120).
Definition p3 (r : R) : R := p4 r * r + 1 / 24.
Definition p2 (r : R) : R := p3 r * r + - (1 / 6).
Definition p1 (r : R) : R := p2 r * r + 1 / 2.
Definition p0 (r : R) : R := p1 r * r + - 1.
(* p0 r * r = - r + r^2/2 - r^3/6 + r^4/24 - r^5/120 + r^6/720, for e^-r - 1 *)

Lemma exp_taylor r : exists z, 0 < z < 1 /\ exp (- r) - 1 - p0 r * r = - (r ^ 7 / 5040) * exp (- r * z).
Proof.
  destruct (Taylor_Lagrange (fun t => exp (- r * t)) 6 0 1 ltac:(lra)) as (z & between & value).
  - intros; apply ex_derive_n_exp.
  - exists z. split; [exact between|]. rewrite Rmult_1_r in value. rewrite value, Derive_n_exp. clear value.
    unfold p0, p1, p2, p3, p4, p5. cbn [sum_f_R0]. rewrite !Derive_n_exp, Rmult_0_r, exp_0. simpl. field.
Qed.

Definition ip : F.precision := F.PtoP 80.

Lemma exp_below (q bound : Q) : is_nonneg (I.sub ip (iq ip bound) (I.exp ip (iq ip q))) = true ->
  exp (Q2R q) <= Q2R bound.
Proof.
  intros h. generalize (is_nonneg_sound _ _ h (enc_sub ip _ _ _ _ (enc_q ip bound) (enc_exp ip _ _ (enc_q ip q)))). lra.
Qed.

Lemma exp_above (q bound : Q) : is_nonneg (I.sub ip (I.exp ip (iq ip q)) (iq ip bound)) = true ->
  Q2R bound <= exp (Q2R q).
Proof.
  intros h. generalize (is_nonneg_sound _ _ h (enc_sub ip _ _ _ _ (enc_exp ip _ _ (enc_q ip q)) (enc_q ip bound))). lra.
Qed.

Definition reach : R := 543 / 100000.

Lemma exp_small x : Rabs x <= reach -> 994 / 1000 <= exp x <= 1006 / 1000.
Proof.
  intros small. assert (- reach <= x <= reach)
    by (generalize (Rle_abs x) (Rle_abs (- x)); rewrite Rabs_Ropp; lra).
  assert (order : forall a b, a <= b -> exp a <= exp b)
    by (intros a b [less| ->]; [left; now apply exp_increasing|apply Rle_refl]).
  generalize (exp_below (543 # 100000) (1006 # 1000) ltac:(vm_compute; reflexivity)).
  generalize (exp_above (- 543 # 100000) (994 # 1000) ltac:(vm_compute; reflexivity)).
  unfold Q2R. simpl. intros low high. unfold reach in *. split.
  - eapply Rle_trans; [|apply order; apply (Rle_trans _ (-543 / 100000)); [apply Rle_refl|lra]]. unfold Rdiv. lra.
  - eapply Rle_trans; [apply order; apply (Rle_trans _ (543 / 100000)); [lra|apply Rle_refl]|]. unfold Rdiv. lra.
Qed.

(* The truncation: at most 0.0003 u. *)
Theorem truncation r : Rabs r <= reach -> Rabs (exp (- r) - 1 - p0 r * r) <= 3 / 10000 * u.
Proof.
  intros small. destruct (exp_taylor r) as (z & between & ->).
  rewrite Rabs_mult, Rabs_Ropp, (Rabs_pos_eq (exp _)) by (left; apply exp_pos).
  unfold Rdiv at 1. rewrite Rabs_mult, <- RPow_abs, (Rabs_pos_eq (/ 5040)) by lra.
  assert (Rabs (- r * z) <= reach).
  { rewrite Rabs_mult, Rabs_Ropp, (Rabs_pos_eq z) by lra. generalize (Rabs_pos r). nra. }
  generalize (exp_small _ H). intros [_ e]. generalize (exp_pos (- r * z)). intros.
  assert (power : Rabs r ^ 7 <= reach ^ 7) by (apply pow_incr; split; [apply Rabs_pos|trivial]).
  generalize (pow_le (Rabs r) 7 (Rabs_pos r)). intros.
  apply Rle_trans with (reach ^ 7 * / 5040 * (1006 / 1000)); [apply Rmult_le_compat; lra|].
  unfold reach, u. simpl. lra.
Qed.

(* Rounding: each lemma is one operation on numbers known up to an error. *)

Lemma rounded x y e eps m : Rabs (x - y) <= eps -> Rabs y <= m -> Rabs e <= u ->
  Rabs (x * (1 + e) - y) <= eps * (1 + u) + m * u.
Proof.
  intros hx hy he. replace (x * (1 + e) - y) with ((x - y) * (1 + e) + y * e) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult.
  assert (Rabs (1 + e) <= 1 + u) by (eapply Rle_trans; [apply Rabs_triang|]; rewrite Rabs_R1; lra).
  apply Rplus_le_compat; apply Rmult_le_compat; trivial; apply Rabs_pos.
Qed.

Lemma rounded_product x y r e eps m : Rabs (x - y) <= eps -> Rabs y <= m -> Rabs r <= reach -> Rabs e <= u ->
  Rabs (x * r * (1 + e) - y * r) <= (eps * (1 + u) + m * u) * reach.
Proof.
  intros hx hy hr he. replace (x * r * (1 + e) - y * r) with ((x * (1 + e) - y) * r) by ring. rewrite Rabs_mult.
  apply Rmult_le_compat; trivial; try apply Rabs_pos. now apply rounded.
Qed.

Lemma rounded_sum x y k c e eps kappa m : Rabs (x - y) <= eps -> Rabs (k - c) <= kappa ->
  Rabs (y + c) <= m -> Rabs e <= u ->
  Rabs ((x + k) * (1 + e) - (y + c)) <= (eps + kappa) * (1 + u) + m * u.
Proof.
  intros hx hk hy he. apply rounded; trivial. replace (x + k - (y + c)) with ((x - y) + (k - c)) by ring.
  eapply Rle_trans; [apply Rabs_triang|lra].
Qed.

Lemma product_below x r m b : Rabs x <= m -> Rabs r <= reach -> m * reach <= b -> Rabs (x * r) <= b.
Proof.
  intros hx hr h. rewrite Rabs_mult. eapply Rle_trans; [|exact h]. apply Rmult_le_compat; trivial; apply Rabs_pos.
Qed.

Lemma sum_below x c m b : Rabs x <= m -> m + Rabs c <= b -> Rabs (x + c) <= b.
Proof. intros hx h. eapply Rle_trans; [apply Rabs_triang|lra]. Qed.

(* Horner's rule as the program runs it: stored coefficients k_i, one rounding e_i for each operation. *)
Section Horner.
Variables (r k6 k5 k4 k3 : R) (e1 e2 e3 e4 e5 e6 e7 e8 e9 e10 e11 : R).
Hypothesis small_r : Rabs r <= reach.
Hypotheses (h6 : Rabs (k6 - 1 / 720) <= u / 720) (h5 : Rabs (k5 - - (1 / 120)) <= u / 120)
  (h4 : Rabs (k4 - 1 / 24) <= u / 24) (h3 : Rabs (k3 - - (1 / 6)) <= u / 6).
Hypotheses (b1 : Rabs e1 <= u) (b2 : Rabs e2 <= u) (b3 : Rabs e3 <= u) (b4 : Rabs e4 <= u) (b5 : Rabs e5 <= u)
  (b6 : Rabs e6 <= u) (b7 : Rabs e7 <= u) (b8 : Rabs e8 <= u) (b9 : Rabs e9 <= u) (b10 : Rabs e10 <= u)
  (b11 : Rabs e11 <= u).

Definition q5 : R := k6 * r * (1 + e1).
Definition q4 : R := (q5 + k5) * (1 + e2).
Definition q3 : R := (q4 * r * (1 + e3) + k4) * (1 + e4).
Definition q2 : R := (q3 * r * (1 + e5) + k3) * (1 + e6).
Definition q1 : R := (q2 * r * (1 + e7) + 1 / 2) * (1 + e8).
Definition q0 : R := (q1 * r * (1 + e9) + - 1) * (1 + e10).
Definition horner : R := q0 * r * (1 + e11).

Ltac number := unfold u, reach; unfold Rabs; repeat destruct (Rcase_abs _); lra.

Lemma sizes : Rabs (p5 r) <= 8 / 1000000 /\ Rabs (p4 r) <= 835 / 100000 /\ Rabs (p3 r) <= 418 / 10000 /\
  Rabs (p2 r) <= 167 / 1000 /\ Rabs (p1 r) <= 501 / 1000 /\ Rabs (p0 r) <= 1003 / 1000.
Proof.
  assert (s5 : Rabs (p5 r) <= 8 / 1000000).
  { unfold p5. rewrite Rmult_comm. apply (product_below _ _ (1 / 720)); trivial; number. }
  assert (s4 : Rabs (p4 r) <= 835 / 100000) by (unfold p4; apply (sum_below _ _ _ _ s5); number).
  assert (s3 : Rabs (p3 r) <= 418 / 10000).
  { unfold p3. apply (sum_below _ _ (5 / 100000)); [apply (product_below _ _ _ _ s4)|]; trivial; number. }
  assert (s2 : Rabs (p2 r) <= 167 / 1000).
  { unfold p2. apply (sum_below _ _ (23 / 100000)); [apply (product_below _ _ _ _ s3)|]; trivial; number. }
  assert (s1 : Rabs (p1 r) <= 501 / 1000).
  { unfold p1. apply (sum_below _ _ (91 / 100000)); [apply (product_below _ _ _ _ s2)|]; trivial; number. }
  repeat split; trivial. unfold p0.
  apply (sum_below _ _ (28 / 10000)); [apply (product_below _ _ _ _ s1)|]; trivial; number.
Qed.

Lemma no_error c : Rabs (c - c) <= 0.
Proof. rewrite Rminus_diag_eq, Rabs_R0 by trivial. lra. Qed.

Theorem horner_error : Rabs (horner - p0 r * r) <= 11 / 1000 * u.
Proof.
  destruct sizes as (s5 & s4 & s3 & s2 & s1 & s0).
  assert (t5 : Rabs (q5 - p5 r) <= 2 / 100000 * u).
  { unfold q5, p5. rewrite (Rmult_comm r).
    eapply Rle_trans; [apply (rounded_product _ _ _ _ _ (1 / 720) h6)|]; trivial; number. }
  assert (t4 : Rabs (q4 - p4 r) <= 168 / 10000 * u)
    by (eapply Rle_trans; [exact (rounded_sum _ _ _ _ _ _ _ _ t5 h5 s4 b2)|number]).
  assert (t3 : Rabs (q3 - p3 r) <= 837 / 10000 * u).
  { assert (product := rounded_product _ _ _ _ _ _ t4 s4 small_r b3).
    eapply Rle_trans; [exact (rounded_sum _ _ _ _ _ _ _ _ product h4 s3 b4)|number]. }
  assert (t2 : Rabs (q2 - p2 r) <= 335 / 1000 * u).
  { assert (product := rounded_product _ _ _ _ _ _ t3 s3 small_r b5).
    eapply Rle_trans; [exact (rounded_sum _ _ _ _ _ _ _ _ product h3 s2 b6)|number]. }
  assert (t1 : Rabs (q1 - p1 r) <= 504 / 1000 * u).
  { assert (product := rounded_product _ _ _ _ _ _ t2 s2 small_r b7).
    eapply Rle_trans; [exact (rounded_sum _ _ _ _ _ _ _ _ product (no_error _) s1 b8)|number]. }
  assert (t0 : Rabs (q0 - p0 r) <= 1009 / 1000 * u).
  { assert (product := rounded_product _ _ _ _ _ _ t1 s1 small_r b9).
    eapply Rle_trans; [exact (rounded_sum _ _ _ _ _ _ _ _ product (no_error _) s0 b10)|number]. }
  eapply Rle_trans; [exact (rounded_product _ _ _ _ _ _ t0 s0 small_r b11)|number].
Qed.

End Horner.

(* Argument reduction: rho = a - n c with c = high + low; n high is exact. *)
Theorem reduction_error a n high low e1 d e2 e3 :
  let rho := a - n * (high + low) in let r := ((a - n * high) * (1 + e1) - n * (low * (1 + d)) * (1 + e2)) * (1 + e3) in
  Rabs rho <= 542 / 100000 -> 0 <= n * low <= / 67108864 ->
  Rabs e1 <= u -> Rabs d <= u -> Rabs e2 <= u -> Rabs e3 <= u -> Rabs (r - rho) <= 12 / 1000 * u.
Proof.
  intros rho r near [low0 low1] h1 hd h2 h3. unfold r.
  assert (first : Rabs ((a - n * high) * (1 + e1) - (a - n * high)) <= (0 * (1 + u) + 543 / 100000 * u)).
  { apply rounded; trivial; [apply no_error|]. replace (a - n * high) with (rho + n * low) by (unfold rho; ring).
    eapply Rle_trans; [apply Rabs_triang|]. rewrite (Rabs_pos_eq (n * low)) by trivial. lra. }
  assert (second : Rabs (n * (low * (1 + d)) * (1 + e2) - n * low)
    <= (0 * (1 + u) + / 67108864 * u) * (1 + u) + / 67108864 * u).
  { apply rounded; trivial; [|rewrite Rabs_pos_eq; trivial]. rewrite <- Rmult_assoc.
    apply rounded; trivial; [apply no_error|rewrite Rabs_pos_eq; trivial]. }
  assert (both : Rabs ((a - n * high) * (1 + e1) - n * (low * (1 + d)) * (1 + e2) - rho)
    <= 543 / 100000 * u + ((0 * (1 + u) + / 67108864 * u) * (1 + u) + / 67108864 * u)).
  { replace (_ - rho) with (((a - n * high) * (1 + e1) - (a - n * high)) - (n * (low * (1 + d)) * (1 + e2) - n * low))
      by (unfold rho; ring).
    eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp. lra. }
  eapply Rle_trans; [exact (rounded _ _ _ _ _ both near h3)|]. unfold u. lra.
Qed.

(* The cell c = ln 2/64 is below 0.0108313, so that a nearest integer of a/c leaves |rho| < 0.00542. *)
Definition cell : R := ln 2 / 64.

Lemma ln_2_bounds : 69314 / 100000 <= ln 2 <= 69315 / 100000.
Proof.
  generalize (exp_below (69314 # 100000) 2 ltac:(vm_compute; reflexivity)).
  generalize (exp_above (69315 # 100000) 2 ltac:(vm_compute; reflexivity)).
  unfold Q2R. simpl. intros high low. split.
  - rewrite <- (ln_exp (69314 / 100000)). apply Rcomplements.ln_le; [apply exp_pos|]. unfold Rdiv. lra.
  - rewrite <- (ln_exp (69315 / 100000)). apply Rcomplements.ln_le; [lra|]. unfold Rdiv. lra.
Qed.

Theorem reduced_argument a n : Rabs (n - a / cell) <= / 2 + / 34359738368 -> Rabs (a - n * cell) <= 542 / 100000.
Proof.
  intros near. generalize ln_2_bounds. intros bounds. assert (0 < cell < 108305 / 10000000) by (unfold cell; lra).
  replace (a - n * cell) with (- (n - a / cell) * cell) by (field; lra).
  rewrite Rabs_mult, Rabs_Ropp, (Rabs_pos_eq cell) by lra.
  apply Rle_trans with ((/ 2 + / 34359738368) * (108305 / 10000000)); [|lra].
  apply Rmult_le_compat; try lra. apply Rabs_pos.
Qed.

(* The sum of the reduction's, Horner's and the truncation's errors *)
Theorem expm1_error rho r q : Rabs rho <= 542 / 100000 -> Rabs (r - rho) <= 12 / 1000 * u ->
  Rabs (q - p0 r * r) <= 11 / 1000 * u -> Rabs (q - (exp (- rho) - 1)) <= 24 / 1000 * u.
Proof.
  intros near close horner_. assert (small : Rabs r <= reach).
  { replace r with (rho + (r - rho)) by ring. eapply Rle_trans; [apply Rabs_triang|]. unfold reach, u in *. lra. }
  replace (q - (exp (- rho) - 1))
    with ((q - p0 r * r) - (exp (- r) - 1 - p0 r * r) + (exp (- r) - exp (- rho))) by ring.
  assert (moved : Rabs (exp (- r) - exp (- rho)) <= 1006 / 1000 * (12 / 1000 * u)).
  { destruct (MVT_gen exp (- rho) (- r) exp) as (z & between & ->).
    - intros. apply is_derive_exp.
    - intros z _. apply derivable_continuous_pt, derivable_pt_exp.
    - replace (- r - - rho) with (- (r - rho)) by ring. rewrite Rabs_mult, Rabs_Ropp.
      apply Rmult_le_compat; trivial; try apply Rabs_pos. rewrite Rabs_pos_eq by (left; apply exp_pos).
      apply exp_small. apply Rabs_le. unfold reach in *.
      generalize (Rle_abs r) (Rle_abs (- r)) (Rle_abs rho) (Rle_abs (- rho)). rewrite !Rabs_Ropp. intros.
      unfold Rmin, Rmax in between. destruct (Rle_dec (- rho) (- r)); lra. }
  eapply Rle_trans; [apply Rabs_triang|]. unfold Rminus at 1. eapply Rle_trans; [apply Rplus_le_compat_r, Rabs_triang|].
  rewrite Rabs_Ropp. generalize (truncation r small). unfold u in *. lra.
Qed.

(* The table's power T = 2^(-j/64) up to u, one product and one sum *)
Theorem assembled rho q t d f1 f2 : Rabs rho <= 542 / 100000 -> 0 < t ->
  Rabs (q - (exp (- rho) - 1)) <= 24 / 1000 * u -> Rabs d <= u -> Rabs f1 <= u -> Rabs f2 <= u ->
  let power := t * (1 + d) in
  Rabs ((power * q * (1 + f1) + power) * (1 + f2) - t * exp (- rho)) <= 25 / 10 * u * (t * exp (- rho)).
Proof.
  intros near positive hq hd h1 h2 power. unfold power.
  replace ((t * (1 + d) * q * (1 + f1) + t * (1 + d)) * (1 + f2) - t * exp (- rho))
    with (t * ((q * (1 + f1) + 1) * (1 + d) * (1 + f2) - exp (- rho))) by ring.
  assert (e : 994 / 1000 <= exp (- rho) <= 1006 / 1000) by (apply exp_small; rewrite Rabs_Ropp; unfold reach; lra).
  assert (m : Rabs (exp (- rho) - 1) <= 6 / 1000) by (apply Rabs_le; lra).
  assert (s1 := rounded _ _ _ _ _ hq m h1).
  assert (s2 : Rabs (q * (1 + f1) + 1 - exp (- rho)) <= 24 / 1000 * u * (1 + u) + 6 / 1000 * u)
    by (replace (q * (1 + f1) + 1 - exp (- rho)) with (q * (1 + f1) - (exp (- rho) - 1)) by ring; exact s1).
  (* relative to e^-rho: divide by it first *)
  set (x := exp (- rho)) in *. assert (hx : Rabs x <= x) by (rewrite Rabs_pos_eq; lra).
  assert (s3 := rounded _ _ _ _ _ s2 hx hd). assert (s4 := rounded _ _ _ _ _ s3 hx h2).
  rewrite Rabs_mult, (Rabs_pos_eq t) by lra.
  replace (25 / 10 * u * (t * x)) with (t * (25 / 10 * u * x)) by ring. apply Rmult_le_compat_l; [lra|].
  eapply Rle_trans; [exact s4|]. unfold u. lra.
Qed.

(* e^-a = 2^-m 2^(-j/64) e^-rho for n = 64 m + j *)
Theorem scaled_back a (m j : nat) : let n := INR (64 * m + j) in
  exp (- a) = / 2 ^ m * (exp (- (INR j * cell)) * exp (- (a - n * cell))).
Proof.
  intros n. unfold n. rewrite plus_INR, mult_INR. replace (INR 64) with 64 by (simpl; lra).
  assert (two : / 2 ^ m = exp (- (64 * INR m * cell))).
  { unfold cell. replace (- (64 * INR m * (ln 2 / 64))) with (- (INR m * ln 2)) by field.
    rewrite exp_Ropp. f_equal. rewrite <- Rpower_pow by lra. reflexivity. }
  rewrite two, <- !exp_plus. f_equal. ring.
Qed.

(* All of it: E is what the program returns for a in [0, 708]. *)
Theorem exp_minus_error (a high low k6 k5 k4 k3 : R) (m j : nat) (e d : nat -> R) :
  let n := INR (64 * m + j) in let t := exp (- (INR j * cell)) in
  let r := ((a - n * high) * (1 + e 12%nat) - n * (low * (1 + d 1%nat)) * (1 + e 13%nat)) * (1 + e 14%nat) in
  let q := horner r k6 k5 k4 k3 (e 1%nat) (e 2%nat) (e 3%nat) (e 4%nat) (e 5%nat) (e 6%nat) (e 7%nat) (e 8%nat)
    (e 9%nat) (e 10%nat) (e 11%nat) in
  let power := t * (1 + d 2%nat) in
  let result := / 2 ^ m * ((power * q * (1 + e 15%nat) + power) * (1 + e 16%nat)) in
  (forall i, Rabs (e i) <= u) -> (forall i, Rabs (d i) <= u) ->
  Rabs (k6 - 1 / 720) <= u / 720 -> Rabs (k5 - - (1 / 120)) <= u / 120 -> Rabs (k4 - 1 / 24) <= u / 24 ->
  Rabs (k3 - - (1 / 6)) <= u / 6 ->
  high + low = cell -> 0 <= low <= / 4398046511104 -> n <= 65536 -> Rabs (n - a / cell) <= / 2 + / 34359738368 ->
  Rabs (result - exp (- a)) <= 25 / 10 * u * exp (- a).
Proof.
  intros n t r q power result he hd h6 h5 h4 h3 whole [low0 low1] range near.
  assert (n0 : 0 <= n) by apply pos_INR.
  assert (hrho := reduced_argument a n near).
  assert (product : 0 <= n * low <= / 67108864).
  { split; [now apply Rmult_le_pos|].
    apply Rle_trans with (65536 * / 4398046511104); [apply Rmult_le_compat; lra|lra]. }
  assert (close : Rabs (r - (a - n * cell)) <= 12 / 1000 * u).
  { rewrite <- whole in *. apply reduction_error; trivial. }
  assert (small : Rabs r <= reach).
  { replace r with ((a - n * cell) + (r - (a - n * cell))) by ring. eapply Rle_trans; [apply Rabs_triang|].
    unfold reach, u in *. lra. }
  assert (hq : Rabs (q - p0 r * r) <= 11 / 1000 * u) by (apply horner_error; trivial).
  assert (ht : 0 < t) by apply exp_pos.
  assert (last := assembled _ q t _ _ _ hrho ht (expm1_error _ r q hrho close hq) (hd 2%nat) (he 15%nat) (he 16%nat)).
  assert (p : 0 < / 2 ^ m) by (apply Rinv_0_lt_compat, pow_lt; lra).
  unfold result. rewrite (scaled_back a m j). fold n t.
  rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq (/ 2 ^ m)) by lra.
  replace (25 / 10 * u * (/ 2 ^ m * (t * exp (- (a - n * cell)))))
    with (/ 2 ^ m * (25 / 10 * u * (t * exp (- (a - n * cell))))) by ring.
  apply Rmult_le_compat_l; [lra|exact last].
Qed.
